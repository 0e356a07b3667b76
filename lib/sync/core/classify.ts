import type { Failure, FailureCode } from "./failure";

/** A site's answer that was not a success, as far as it can be told from outside. */
export interface Answer {
  /** HTTP status; 0 when there was no answer. */
  status: number;
  /** PostgREST's code, PostgreSQL's SQLSTATE, or the operating system's code of a failed connection. */
  code?: string | undefined;
  /** Why Roster did not even connect, in its own words. */
  refusal?: string | undefined;
  /** The database's sentence; only shown, never decided by. */
  message?: string | undefined;
  /** The database's `details`; only shown, never decided by. */
  details?: string | undefined;
  /** The answer was not JSON. */
  foreign?: boolean;
  retryAfterSeconds?: number | undefined;
}

// https://docs.postgrest.org/en/stable/references/errors.html and https://www.postgresql.org/docs/current/errcodes-appendix.html
const BY_CODE: readonly [RegExp, FailureCode][] = [
  [/^(PGRST205|PGRST106|42P01|3F000)$/, "table_missing"],
  [/^(PGRST204|42703)$/, "column_missing"],
  [/^(PGRST30\d)$/, "credentials_rejected"],
  [/^42501$/, "not_permitted"],
  [/^23505$/, "conflict"],
  [/^(22...|23...|P0001|42804|54000)$/, "value_refused"],
  [/^57014$/, "too_large"],
  [/^(25006|53...|57P0\d|40001|40P01|55P03|PGRST00\d)$/, "busy"],
  [/^(08...|58...|XX...)$/, "unreachable"],
  // The rest of class 42 is about the table and its triggers, not about a row.
  [/^42...$/, "refused"],
  // Whatever else the database objects to may be one row's doing: that row is found and the others land.
  [/^[0-9A-Z]{5}$/, "value_refused"],
];

// 520 to 544 are Cloudflare's and Supabase's own: https://supabase.com/docs/guides/troubleshooting/http-status-codes
const BY_STATUS: readonly [(status: number) => boolean, FailureCode][] = [
  [(status) => status === 540, "project_paused"],
  [(status) => status === 402, "project_restricted"],
  [(status) => status === 429, "throttled"],
  [(status) => status === 413, "too_large"],
  [(status) => status === 401 || status === 403, "credentials_rejected"],
  [(status) => status === 0 || status === 408 || status >= 500, "unreachable"],
];

/** Names the failure by the database's code when there is one, by HTTP status otherwise; never by its text. */
export function classify(answer: Answer): Failure {
  const code = codeFor(answer);
  const failure: Failure = { code, message: sentence(code, answer) };
  if (answer.retryAfterSeconds !== undefined) failure.retryAfterSeconds = answer.retryAfterSeconds;
  return failure;
}

function codeFor({ status, code, refusal, foreign, retryAfterSeconds }: Answer): FailureCode {
  if (refusal !== undefined) return "address_refused";
  if (status === 503 && retryAfterSeconds !== undefined) return "throttled";
  const known = BY_CODE.find(([pattern]) => pattern.test(code ?? ""));
  if (known && status !== 0) return known[1];
  const expected = BY_STATUS.find(([matches]) => matches(status));
  if (expected) return expected[1];
  return foreign || status === 404 ? "not_supabase" : "refused";
}

/** What happened, in words; the database's own sentence where it tells more than ours. */
function sentence(code: FailureCode, answer: Answer): string {
  const { status, code: detail, refusal, message, details } = answer;
  switch (code) {
    case "address_refused":
      return refusal ?? "Roster does not connect to the site's address.";
    case "unreachable":
      return status === 0
        ? `The site's Supabase does not answer${connectionWords(detail)}.`
        : `The site's Supabase answers with an error (HTTP ${status}).`;
    case "not_supabase":
      return `What answers at the Supabase URL is not a Supabase API (HTTP ${status}).`;
    case "throttled":
      return "The site asked Roster to slow down.";
    case "busy":
      return `The site's database is busy or restarting (${detail}).`;
    case "project_paused":
      return "The site's Supabase project is paused.";
    case "project_restricted":
      return "The site's Supabase project is restricted.";
    case "credentials_rejected":
      return "The site rejects the saved key.";
    case "table_missing":
      return "The site has no table user_profiles.";
    case "not_permitted":
      return "The saved key may not write to the site's table user_profiles.";
    case "conflict":
      return `Another row at the site already has this ${conflictKey(details) ?? "value"}.`;
    case "too_large":
      return "The site could not take this much at once.";
    case "column_missing":
    case "value_refused":
    case "refused":
      return shown(message) ?? `The site refused the request (HTTP ${status}).`;
    case "credentials_unreadable":
    case "mapping_broken":
    case "not_landed":
    case "newer_at_site":
    case "signature_refused":
    case "endpoint_gone":
    case "endpoint_missing":
    case "endpoint_moved":
    case "endpoint_failed":
    case "user_refused":
      throw new Error(`${code} is not read from an answer`);
  }
}

const CONNECTION: Record<string, string> = {
  ENOTFOUND: ": its name is not known",
  EAI_AGAIN: ": its name could not be looked up",
  ECONNREFUSED: ": the connection was refused",
  ECONNRESET: ": the connection was broken off",
  UND_ERR_SOCKET: ": the connection was broken off",
  ETIMEDOUT: " in time",
  TimeoutError: " in time",
  UND_ERR_CONNECT_TIMEOUT: " in time",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: " in less than 4 MB",
  ANSWER_COMPRESSED: " without compression",
};

/** Why there was no answer, to follow "does not answer"; `code` is the operating system's or undici's. */
export function connectionWords(code: string | undefined): string {
  return CONNECTION[code ?? ""] ?? (code ? ` (${code})` : "");
}

// The pattern takes time by the square of what it looks through, which a site may make as long as it likes.
const LONGEST_DETAILS = 1_000;

/** PostgreSQL writes `Key (email)=(ada@example.com) already exists.` into `details`. */
function conflictKey(details = ""): string | undefined {
  const text = details.slice(0, LONGEST_DETAILS);
  const [, columns, values] = /^Key \((.+?)\)=\((.*)\) already exists/.exec(text) ?? [];
  return columns && `${columns} (${values})`;
}

const SHOWN_LENGTH = 300;

/** A site's own sentence on one line and cut to length, without what the central database could not store. */
export function shown(message: string | undefined): string | undefined {
  const line = (message ?? "").replace(/[\s\p{Cc}]+/gu, " ").trim();
  if (line === "") return undefined;
  const cut = line.length > SHOWN_LENGTH ? `${line.slice(0, SHOWN_LENGTH)}…` : line;
  return cut.toWellFormed();
}
