import type { FoundRow } from "./core/compare";
import type { Failure } from "./core/failure";
import type { Person } from "./core/person";
import type { Redact } from "./core/redact";
import type { RowReader } from "./planning/ports";
import type { Replies, SiteWriter, WriteResult } from "./ports";
import type { ReadRows } from "./take-over/ports";
import type { ComparedRow, SiteReader } from "./verify/ports";

/**
 * A writer whose failures hold no secret. Sites repeat in their errors what they were sent, and what they say is stored,
 * logged and shown.
 */
export function redacting(writer: SiteWriter, redact: Redact): SiteWriter {
  const clean = <Arguments extends unknown[]>(write: (...args: Arguments) => Promise<WriteResult>) => {
    return async (...args: Arguments) => cleanResult(await write(...args), redact);
  };
  const { putRows, holders, vacate, hasRows } = writer;
  return {
    ...writer,
    ...(hasRows && { hasRows: async () => cleanIfFailure(await hasRows(), redact) }),
    upsert: clean(writer.upsert),
    remove: clean(writer.remove),
    ...(putRows && { putRows: async (rows) => cleanIfFailure(await putRows(rows), redact) }),
    ...(holders && { holders: async (target) => cleanIfFailure(await holders(target), redact) }),
    ...(vacate && { vacate: async (holder) => cleanIfFailure(await vacate(holder), redact) }),
  };
}

/** The same for a reader. */
export function redactingReader({ after, present }: SiteReader, redact: Redact): SiteReader {
  return {
    after: async (cursor, limit) => {
      const rows = await after(cursor, limit);
      return isFailure(rows) ? cleanFailure(rows, redact) : rows.map((row) => cleanCompared(row, redact));
    },
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

/** What the centre compares itself has to be as it is; what was compared here is stored and shown. */
function cleanCompared(row: ComparedRow, redact: Redact): ComparedRow {
  if (!("fields" in row)) return row;
  const fields = row.fields.map((one) => ({ ...one, there: one.there === null ? null : redact(one.there) }));
  return { ...row, fields };
}

/** The same for a reader of single rows, of which examples are stored and shown. */
export function redactingRowReader({ rows, holders, count }: RowReader, redact: Redact): RowReader {
  const clean = (value: unknown) => (typeof value === "string" ? redact(value) : value);
  const cleanRow = ([key, row]: [string, FoundRow]): [string, FoundRow] => [
    key,
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, clean(value)])),
  ];
  return {
    rows: async (keys) => {
      const found = await rows(keys);
      return isFailure(found) ? cleanFailure(found, redact) : new Map([...found].map(cleanRow));
    },
    holders: async (column, values) => cleanIfFailure(await holders(column, values), redact),
    count: async () => cleanIfFailure(await count(), redact),
  };
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
