import type { FailureCode } from "@/lib/sync/core/failure";
import type { Fault } from "@/tests/support/faults/site-proxy";

/** What a site does, and what must be said and done about it. */
export interface SiteFailureRow {
  what: string;
  fault: Fault;
  code: FailureCode;
  health: "degraded" | "blocked";
  /** Seconds until the site is tried again, at least and at most; null: not until somebody acts. */
  waits: readonly [number, number] | null;
}

const answer = (status: number, body: object | string, headers: Record<string, string> = {}): Fault => ({
  kind: "answer",
  status,
  headers: { "content-type": typeof body === "string" ? "text/html" : "application/json", ...headers },
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const database = (status: number, code: string): Fault =>
  answer(status, { code, message: `as ${code} says` });
const page = "<h1>Not here</h1>";
const SOON = [0, 60] as const;
const PROBE = [880, 900] as const;

/** The rows of the failure table that concern a whole site. */
export const SITE_FAILURES: readonly SiteFailureRow[] = [
  {
    what: "connections are refused",
    fault: { kind: "refuse" },
    code: "unreachable",
    health: "degraded",
    waits: SOON,
  },
  {
    what: "nothing is answered",
    fault: { kind: "blackHole" },
    code: "unreachable",
    health: "degraded",
    waits: SOON,
  },
  {
    what: "the answer stops half-way",
    fault: { kind: "halfOpen" },
    code: "unreachable",
    health: "degraded",
    waits: SOON,
  },
  {
    what: "the answer breaks off",
    fault: { kind: "resetInBody" },
    code: "unreachable",
    health: "degraded",
    waits: SOON,
  },
  {
    what: "the answer comes a byte a second",
    fault: { kind: "drip" },
    code: "unreachable",
    health: "degraded",
    waits: SOON,
  },
  {
    what: "the answer comes too late",
    fault: { kind: "delay", milliseconds: 900 },
    code: "unreachable",
    health: "degraded",
    waits: SOON,
  },
  {
    what: "a gateway has no origin",
    fault: answer(522, page),
    code: "unreachable",
    health: "degraded",
    waits: SOON,
  },
  {
    what: "a web page is answered",
    fault: answer(200, page),
    code: "not_supabase",
    health: "degraded",
    waits: SOON,
  },
  {
    what: "it asks to wait an hour",
    fault: { kind: "throttle", status: 429, retryAfterSeconds: 3_600 },
    code: "throttled",
    health: "degraded",
    waits: [3_580, 3_600],
  },
  {
    what: "it is unavailable for 5 minutes",
    fault: { kind: "throttle", status: 503, retryAfterSeconds: 300 },
    code: "throttled",
    health: "degraded",
    waits: [280, 300],
  },
  {
    what: "it asks to wait a week",
    fault: { kind: "throttle", status: 429, retryAfterSeconds: 604_800 },
    code: "throttled",
    health: "degraded",
    waits: [86_380, 86_400],
  },
  {
    what: "the project is paused",
    fault: answer(540, page),
    code: "project_paused",
    health: "blocked",
    waits: PROBE,
  },
  {
    what: "the project is restricted",
    fault: answer(402, page),
    code: "project_restricted",
    health: "blocked",
    waits: PROBE,
  },
  {
    what: "the key is rejected",
    fault: answer(401, { message: "Invalid API key" }),
    code: "credentials_rejected",
    health: "blocked",
    waits: null,
  },
  {
    what: "there is no table",
    fault: database(404, "PGRST205"),
    code: "table_missing",
    health: "blocked",
    waits: null,
  },
  {
    what: "a column is missing",
    fault: database(400, "PGRST204"),
    code: "column_missing",
    health: "blocked",
    waits: null,
  },
  {
    what: "writing is not permitted",
    fault: database(403, "42501"),
    code: "not_permitted",
    health: "blocked",
    waits: null,
  },
  {
    what: "the database is read-only",
    fault: database(405, "25006"),
    code: "busy",
    health: "degraded",
    waits: SOON,
  },
  {
    what: "no connection is left",
    fault: database(503, "53300"),
    code: "busy",
    health: "degraded",
    waits: SOON,
  },
  {
    what: "the database restarts",
    fault: database(503, "57P01"),
    code: "busy",
    health: "degraded",
    waits: SOON,
  },
  {
    what: "there is a deadlock",
    fault: database(500, "40P01"),
    code: "busy",
    health: "degraded",
    waits: SOON,
  },
  {
    what: "nothing is stored",
    fault: answer(201, []),
    code: "not_permitted",
    health: "blocked",
    waits: null,
  },
];

/** What a site says that cannot take a batch of this size. */
export const TOO_MUCH: readonly { what: string; fault: Fault }[] = [
  { what: "413", fault: answer(413, page) },
  { what: "57014", fault: database(500, "57014") },
];
