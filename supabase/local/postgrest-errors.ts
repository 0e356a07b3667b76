import { AsyncLocalStorage } from "node:async_hooks";

// lite answers a database error that it has no case for with 500 and the code "SUP". PostgREST, which
// hosted projects run, answers with PostgreSQL's own code and a status by class of error:
// https://docs.postgrest.org/en/stable/references/errors.html#status-codes
const statuses: [prefix: string, status: number][] = [
  ["08", 503],
  ["0L", 403],
  ["0P", 403],
  ["23503", 409],
  ["23505", 409],
  ["25006", 405],
  ["28", 403],
  ["42P17", 500],
  ["53400", 500],
  ["53", 503],
  ["57P01", 503],
  ["P0001", 400],
  ...["09", "25", "2D", "38", "39", "3B", "40", "54", "55", "57", "58", "F0", "HV", "P0", "XX"].map(
    (prefix): [string, number] => [prefix, 500],
  ),
];

interface DatabaseError {
  code: string;
  message: string;
  detail?: string;
  hint?: string;
}

const requests = new AsyncLocalStorage<{ error?: unknown }>();

/** Remembers a request's database error, for `withPostgrestErrors`; lite asks to normalise each one. */
export function rememberError(error: unknown): unknown {
  const request = requests.getStore();
  if (request) request.error = error;
  skipNextLog();
  return error;
}

/** Answers a request, with the error that PostgREST would give where lite has none. */
export async function withPostgrestErrors(answer: () => Response | Promise<Response>): Promise<Response> {
  const request: { error?: unknown } = {};
  const response = await requests.run(request, answer);
  if (response.status !== 500 || !isDatabaseError(request.error)) return response;
  const { code, message, detail, hint } = request.error;
  if (isConnectionLoss(request.error)) {
    return unavailable("PGRST001", "Database client error. Retrying the connection.", message);
  }
  const status = statuses.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 400;
  return Response.json({ code, message, details: detail ?? null, hint: hint ?? null }, { status });
}

/** Tables and functions cannot be looked up; thrown in a request it is the answer (a convention of Hono). */
export class SchemaUnavailable extends Error {
  getResponse(): Response {
    return unavailable("PGRST002", "Could not query the database for the schema cache. Retrying.", null);
  }
}

function unavailable(code: string, message: string, details: string | null): Response {
  return Response.json({ code, message, details, hint: null }, { status: 503 });
}

/** Whether no answer can come any more on the connection that gave this error. */
export function isConnectionLoss(error: unknown): boolean {
  // 57P01 to 57P03: PostgreSQL ends the connection. What is no SQLSTATE comes from the network.
  return isDatabaseError(error) && (error.code.startsWith("57P") || !/^[0-9A-Z]{5}$/.test(error.code));
}

function isDatabaseError(error: unknown): error is DatabaseError {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

/**
 * lite prints every database error, also those that are a client's to see and nobody else's, with
 * `console.error` right after it was normalised. That one call is swallowed, no other.
 */
function skipNextLog(): void {
  const original = console.error;
  const restore = () => {
    if (console.error === skip) console.error = original;
  };
  const skip = restore;
  console.error = skip;
  queueMicrotask(restore);
}
