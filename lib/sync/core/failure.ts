/** What is done about a failure; every kind has exactly one. */
export type Policy =
  | { kind: "retry_site" }
  /** `probeSeconds`: tried again by itself that often; absent, not until a person acts. */
  | { kind: "block_site"; probeSeconds?: number }
  | { kind: "fail_user" }
  | { kind: "split_batch" };

interface FailureKind {
  policy: Policy;
  /** What an admin can do about it; shown wherever the failure is shown. */
  advice: string;
}

const RUN_SITE_SQL = "Run Roster's SQL for sites in the site's SQL Editor (Connected Sites shows it)";

/** The closed list of what can go wrong at a site. Codes stand in the log and the API: never rename one. */
const FAILURES = {
  unreachable: {
    policy: { kind: "retry_site" },
    advice:
      "Check that the site is running and that its Supabase URL or webhook URL is right. A connected site is tried again by itself.",
  },
  address_refused: {
    // A resolver may be wrong for a while, and the operator may allow the address: looking again costs nothing.
    policy: { kind: "block_site", probeSeconds: 900 },
    advice:
      "Save an https address that is public, then test the connection. For a site in your own network, have its address named in ROSTER_ALLOW_PRIVATE_SITES; Roster looks every 15 minutes.",
  },
  not_supabase: {
    policy: { kind: "retry_site" },
    advice: "Check the Supabase URL: it should be the project's API URL, such as https://abcd.supabase.co.",
  },
  throttled: {
    policy: { kind: "retry_site" },
    advice:
      "Nothing to do: Roster goes on when the site allows it. If it lasts, raise the site's rate limits.",
  },
  busy: {
    policy: { kind: "retry_site" },
    advice:
      "Wait a moment: the site's database is busy or restarting. A connected site is tried again by itself.",
  },
  project_paused: {
    policy: { kind: "block_site", probeSeconds: 900 },
    advice:
      "Restore the project in the Supabase dashboard. Roster looks every 15 minutes and goes on by itself.",
  },
  project_restricted: {
    policy: { kind: "block_site", probeSeconds: 900 },
    advice: "Check the project's plan and usage in its provider's dashboard. Roster looks every 15 minutes.",
  },
  credentials_rejected: {
    policy: { kind: "block_site" },
    advice:
      "Copy the secret key again from the site's Supabase dashboard (Project Settings, API Keys) and save it.",
  },
  credentials_unreadable: {
    // Nobody else is asked, so looking again costs little; a key that was put back heals all of its sites.
    policy: { kind: "block_site", probeSeconds: 300 },
    advice:
      "Put the key this was sealed with back into ROSTER_SECRET_KEYS, or enter the site's credentials again. Roster looks every 5 minutes.",
  },
  table_missing: {
    policy: { kind: "block_site" },
    advice: `${RUN_SITE_SQL} to create the table user_profiles, then test the connection.`,
  },
  column_missing: {
    policy: { kind: "block_site" },
    advice: "Add the missing column to the site's user_profiles table, then test the connection.",
  },
  mapping_broken: {
    policy: { kind: "block_site" },
    advice:
      "Open the site's mapping and choose a table and columns that are there, or put back at the site what is missing; then save the mapping again.",
  },
  not_permitted: {
    policy: { kind: "block_site" },
    advice: `Save the site's secret key instead of a public one. If it is the secret key: ${RUN_SITE_SQL}.`,
  },
  refused: {
    policy: { kind: "block_site" },
    advice:
      "The site refused the request for a reason Roster does not know. Test the connection for details.",
  },
  conflict: {
    policy: { kind: "fail_user" },
    advice: "Another row at the site has this value. Change or remove that row, or correct the user here.",
  },
  value_refused: {
    policy: { kind: "fail_user" },
    advice: "The site's table does not accept this value. Correct the user here, or the rule at the site.",
  },
  not_landed: {
    policy: { kind: "fail_user" },
    advice:
      "The site accepted the request but did not store the row. Look for a policy or trigger on its table.",
  },
  newer_at_site: {
    policy: { kind: "fail_user" },
    advice:
      "Somebody changed this row at the site later than it was changed here. Retry or sync this user to put the central list's row there.",
  },
  signature_refused: {
    policy: { kind: "block_site" },
    advice:
      "Give the site the signing secret that is saved here, or save the one that it checks with. A firewall may refuse too.",
  },
  endpoint_missing: {
    // Not without looking again: a receiver may be away for the minute of its deployment.
    policy: { kind: "block_site", probeSeconds: 900 },
    advice:
      "Check the webhook URL and that the endpoint is deployed there, then test the connection. Roster looks every 15 minutes.",
  },
  endpoint_gone: {
    policy: { kind: "block_site" },
    advice: "Ask the site's developer for its new webhook URL and save it, or disconnect the site.",
  },
  endpoint_moved: {
    policy: { kind: "block_site" },
    advice: "Save the address of the endpoint itself as webhook URL, in the spelling that does not lead on.",
  },
  endpoint_failed: {
    policy: { kind: "fail_user" },
    advice: "The site's endpoint works but fails on this user. Look for the error in the site's own log.",
  },
  user_refused: {
    policy: { kind: "fail_user" },
    advice:
      "The site does not accept this user and says why. Correct the user here, or the rule at the site.",
  },
  too_large: {
    policy: { kind: "split_batch" },
    advice:
      "The site cannot take even this one row in time. Look for slow triggers on its user_profiles table.",
  },
} as const satisfies Record<string, FailureKind>;

export type FailureCode = keyof typeof FAILURES;

/** What a site did instead of what was asked. `message` is for people and never holds a credential. */
export interface Failure {
  code: FailureCode;
  message: string;
  /** How long the site asked to be left alone, in seconds. */
  retryAfterSeconds?: number;
}

/** What is done about a failure. */
export function policyOf(failure: Failure): Policy {
  return FAILURES[failure.code].policy;
}

/** Reasons that are not failures of a site but are shown in the same place. */
const STANDING_ADVICE: Record<string, string> = {
  credentials_missing:
    "Open the site's Supabase credentials (the database icon) and save its URL and secret key; for an HTTP endpoint, its webhook settings.",
  removal_held: "Open Held removals: approve the removal, or reject it, which puts the user back everywhere.",
  site_paused: "Resume the site on the Connected Sites page.",
  take_over_waiting: "Decide about them under Take over on the site's page; then its sync begins by itself.",
  site_disconnecting: "Nothing has to be done. To keep the site, cancel the disconnecting on its page.",
  site_changed: "Verify the site again.",
  rows_outdated: "Look at the site's rows again under Take over.",
  row_different: "Repair it on the site's page under Verify, or sync this user again.",
  row_missing: "Repair it on the site's page under Verify, or sync this user again.",
  row_extra: "Remove it on the site's page under Verify, if it is not meant to be there.",
};

/** The sentence of advice for an error code of a pair, a site or a log entry; null for none. */
export function adviceFor(code: string | null): string | null {
  if (code === null) return null;
  if (Object.hasOwn(FAILURES, code)) return FAILURES[code as FailureCode].advice;
  return Object.hasOwn(STANDING_ADVICE, code) ? (STANDING_ADVICE[code] ?? null) : null;
}
