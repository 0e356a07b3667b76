import type { FailureCode } from "@/lib/sync/core/failure";

/** Why a user stands where they stand though nothing was tried. */
type Standing =
  | "credentials_missing"
  | "site_paused"
  | "take_over_waiting"
  | "site_disconnecting"
  | "removal_held"
  | "row_different"
  | "row_missing"
  | "row_extra";

/** Why a user is not at a site, in as few words as fit into a cell or a filter. */
const FAILURES: Record<FailureCode, string> = {
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
};

const STANDING: Record<Standing, string> = {
  credentials_missing: "No credentials",
  site_paused: "Site paused",
  take_over_waiting: "Waits for take-over",
  site_disconnecting: "Site disconnecting",
  removal_held: "Waits for approval",
  row_different: "Changed there",
  row_missing: "Gone there",
  row_extra: "Not expected there",
};

const words: Record<string, string> = { ...FAILURES, ...STANDING };

/** A reason in words; one that a newer server knows as its code. */
export function reasonText(code: string): string {
  return words[code] ?? code;
}

/** What is said of a pair, as a sentence: the status view has short notes among them. */
export function asSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Whether the site is left out of syncs for now, which fails nobody. */
export function isSetAside(code: string | null | undefined): boolean {
  return code === "site_paused" || code === "take_over_waiting";
}

/** Whether nothing is tried before somebody has done something here. */
export function isStanding(code: string | null | undefined): boolean {
  return code === "credentials_missing" || isSetAside(code);
}

/** The reasons that attempts fail for, for a select. */
export const reasonOptions = Object.entries(FAILURES)
  .map(([value, text]) => ({ value, text }))
  .sort((one, other) => one.text.localeCompare(other.text, "en"));
