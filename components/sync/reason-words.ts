import type { FailureCode } from "@/lib/sync/core/failure";

/** Reasons that are no site's failure: nothing is tried before somebody has done something here. */
const STANDING = ["credentials_missing", "site_paused", "take_over_waiting"] as const;

type Reason = FailureCode | (typeof STANDING)[number];

/** Why a user is not at a site, in as few words as fit into a cell or a filter. */
const WORDS: Record<Reason, string> = {
  unreachable: "Site does not answer",
  address_refused: "Address not allowed",
  not_supabase: "No Supabase there",
  throttled: "Asked to wait",
  busy: "Database busy",
  project_paused: "Project paused",
  project_restricted: "Project restricted",
  credentials_rejected: "Key rejected",
  credentials_unreadable: "Key unreadable",
  table_missing: "Table missing",
  column_missing: "Column missing",
  mapping_broken: "Mapping does not fit",
  not_permitted: "Key may not write",
  refused: "Site refused",
  conflict: "Already taken there",
  value_refused: "Value refused",
  not_landed: "Row not stored",
  newer_at_site: "Newer row there",
  signature_refused: "Signature refused",
  endpoint_missing: "Endpoint missing",
  endpoint_gone: "Endpoint gone",
  endpoint_moved: "Endpoint moved",
  endpoint_failed: "Endpoint failed",
  user_refused: "User refused",
  too_large: "Too slow there",
  credentials_missing: "No credentials",
  site_paused: "Site paused",
  take_over_waiting: "Waits for take-over",
};

const words: Record<string, string> = WORDS;

/** A reason in words; one that a newer server knows as its code. */
export function reasonText(code: string): string {
  return words[code] ?? code;
}

/** Whether nothing is tried before somebody has done something here. */
export function isStanding(code: string | null | undefined): boolean {
  return STANDING.some((standing) => standing === code);
}

/** Whether the site is left out of syncs for now, which fails nobody. */
export function isSetAside(code: string | null | undefined): boolean {
  return isStanding(code) && code !== "credentials_missing";
}

/** The reasons that attempts fail for, for a select. */
export const reasonOptions = Object.entries(WORDS)
  .filter(([code]) => !isStanding(code))
  .map(([value, text]) => ({ value, text }))
  .sort((one, other) => one.text.localeCompare(other.text, "en"));
