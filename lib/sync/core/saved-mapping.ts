import type { Failure } from "./failure";
import { DEFAULT_MAPPING, type Mapping, mapping } from "./mapping";

/** A site's mapping as it was saved, the documented table where none was, or why it cannot be used. */
export function readMapping(saved: unknown): Mapping | Failure {
  if (saved === null || saved === undefined) return DEFAULT_MAPPING;
  const read = mapping.safeParse(saved);
  if (read.success) return read.data;
  return { code: "mapping_broken", message: "The saved mapping of this site is not one that Roster knows." };
}
