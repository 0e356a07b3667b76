import type { Failure } from "./core/failure";
import type { Person } from "./core/person";
import type { Redact } from "./core/redact";
import type { Replies, SiteWriter, WriteResult } from "./ports";
import type { ReadRows } from "./take-over/ports";
import type { SiteReader } from "./verify/ports";

/**
 * A writer whose failures hold no secret. Sites repeat in their errors what they were sent, and what they say is stored,
 * logged and shown.
 */
export function redacting(writer: SiteWriter, redact: Redact): SiteWriter {
  const clean = <Argument>(write: (argument: Argument) => Promise<WriteResult>) => {
    return async (argument: Argument) => cleanResult(await write(argument), redact);
  };
  const { holders, vacate, hasRows } = writer;
  return {
    ...writer,
    ...(hasRows && { hasRows: async () => cleanIfFailure(await hasRows(), redact) }),
    upsert: clean(writer.upsert),
    remove: clean(writer.remove),
    ...(holders && { holders: async (target) => cleanIfFailure(await holders(target), redact) }),
    ...(vacate && { vacate: async (holder) => cleanIfFailure(await vacate(holder), redact) }),
  };
}

/** The same for a reader. */
export function redactingReader({ after, present }: SiteReader, redact: Redact): SiteReader {
  return {
    after: async (cursor, limit) => cleanIfFailure(await after(cursor, limit), redact),
    present: async (ids) => cleanIfFailure(await present(ids), redact),
  };
}

/**
 * The same for what reads a site's rows, which are stored and shown, too. A row that a secret identifies cannot be spoken
 * of, so the site is not read then.
 */
export function redactingRows(read: ReadRows, redact: Redact): ReadRows {
  return async (cursor, limit) => {
    const rows = await read(cursor, limit);
    if (isFailure(rows)) return cleanFailure(rows, redact);
    if (rows.some(({ key }) => redact(key) !== key)) return HOLDS_SECRET;
    return rows.map(({ key, person }) => ({ key, person: cleanPerson(person, redact) }));
  };
}

const HOLDS_SECRET: Failure = {
  code: "refused",
  message: "What identifies a row of the site looks like a key or another secret, so its rows are not read.",
};

function cleanPerson({ fields, at, problem }: Person, redact: Redact): Person {
  const clean = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === "string" ? redact(value) : value,
  ]);
  return { fields: Object.fromEntries(clean), at, problem: problem && redact(problem) };
}

function cleanResult(result: WriteResult, redact: Redact): WriteResult {
  if (result.kind === "answered") return { ...result, ...cleanReplies(result, redact) };
  const failure = cleanFailure(result.failure, redact);
  return { ...result, failure, ...(result.before && { before: cleanReplies(result.before, redact) }) };
}

function cleanReplies({ landed, refused }: Replies, redact: Redact): Replies {
  const entries = [...refused].map(([id, failure]) => [id, cleanFailure(failure, redact)] as const);
  return { landed, refused: new Map(entries) };
}

function cleanIfFailure<T>(result: T | Failure, redact: Redact): T | Failure {
  return isFailure(result) ? cleanFailure(result, redact) : result;
}

function isFailure(result: unknown): result is Failure {
  return typeof result === "object" && result !== null && "code" in result && "message" in result;
}

function cleanFailure(failure: Failure, redact: Redact): Failure {
  return { ...failure, message: redact(failure.message) };
}
