import type { Mapping } from "../core/mapping";
import { type CheckPerson, personOf } from "../core/person";
import { PROBE_PREFIX } from "../core/probe";
import type { ReadRows, TakenSite } from "../take-over/ports";
import { openMappedTable } from "./mapped-table";
import type { SiteFetchOptions } from "./site-fetch";

export interface SiteRowsOptions extends SiteFetchOptions {
  mapping: Mapping;
  check: CheckPerson;
}

/** Reads the rows of a site's own table, in the columns that its mapping names. Throws once `aborting` has fired. */
export function readSiteRows({ url, removal }: TakenSite, key: string, options: SiteRowsOptions): ReadRows {
  const { mapping, check } = options;
  const table = openMappedTable(url, key, mapping, options);
  const columns = new Set([mapping.match, ...mapping.columns.map(({ column }) => column)]);
  if (removal.kind === "deactivate") columns.add(removal.column);
  return async (cursor, limit) => {
    const answer = await table.after(cursor, [...columns], limit);
    if ("failure" in answer) return answer.failure;
    // Rows that nothing identifies come last, and nobody's can be told from another.
    const known = answer.rows.filter((row) => (row[mapping.match] ?? null) !== null);
    return known
      .filter((row) => !String(row[mapping.match]).startsWith(PROBE_PREFIX))
      .map((row) => ({
        key: String(row[mapping.match]),
        person: personOf(row, { mapping, removal, check }),
      }));
  };
}
