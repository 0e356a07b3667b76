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
  if (!/^[0-9A-Z]{5}$/.test(code)) {
    const lost = {
      code: "PGRST001",
      message: "Database client error. Retrying the connection.",
      details: message,
      hint: null,
    };
    return Response.json(lost, { status: 503 });
  }
  const status = statuses.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 400;
  return Response.json({ code, message, details: detail ?? null, hint: hint ?? null }, { status });
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
