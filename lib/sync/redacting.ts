import type { Failure } from "./core/failure";
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

/** The same for what reads a site's rows. */
export function redactingRows(read: ReadRows, redact: Redact): ReadRows {
  return async (cursor, limit) => cleanIfFailure(await read(cursor, limit), redact);
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
