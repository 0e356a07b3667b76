import type { Site } from "@/lib/sites/schema";
import type { FailureCode } from "@/lib/sync/core/failure";

type Reason = FailureCode | "credentials_missing" | "site_paused";

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
};

const words: Record<string, string> = WORDS;

/** A reason in words; one that a newer server knows as its code. */
export function reasonText(code: string): string {
  return words[code] ?? code;
}

/** Why nothing is sent to a site that waits for its take-over, and what to do. */
export const UNDECIDED =
  "The site has users of its own. Nothing is written there before somebody decides about them, under Take over on the site's page.";

/** Whether a reason is that the site waits for its take-over: the server calls that paused, which nobody did. */
export function isUndecided(site: Pick<Site, "waitsForTakeOver"> | undefined, code: string | null): boolean {
  return site?.waitsForTakeOver === true && code === "site_paused";
}

/** A reason in words, at a site of which more is known. */
export function reasonTextAt(site: Pick<Site, "waitsForTakeOver">, code: string): string {
  return isUndecided(site, code) ? "Waits for take-over" : reasonText(code);
}

/** The reasons that attempts fail for, for a select. */
export const reasonOptions = Object.entries(WORDS)
  .filter(([code]) => code !== "credentials_missing" && code !== "site_paused")
  .map(([value, text]) => ({ value, text }))
  .sort((one, other) => one.text.localeCompare(other.text, "en"));
