import {
  changedRow,
  keepsKey,
  keyOf,
  type MappedColumn,
  type MappedRow,
  type MappedSource,
  type MappedUser,
  type Mapping,
  newRow,
} from "./mapping";
import { LONGEST_TIME } from "./moment";

/** A row as the site has it. */
export type FoundRow = Readonly<Record<string, unknown>>;

/** A column in which a site's row is not as the list has it. */
export interface Difference {
  column: string;
  here: unknown;
  there: unknown;
}

/**
 * The row that a site should have of a user: all of it when there is none yet, otherwise what is there with what Roster
 * writes on top (columns that are written on creation only, and those that stay when empty, are the site's).
 */
export function expectedRow(mapping: Mapping, user: MappedUser, found?: FoundRow): Record<string, unknown> {
  if (!found) return newRow(mapping, user);
  const key = keepsKey(mapping) ? String(found[mapping.match]) : keyOf(mapping, user);
  return { ...found, ...changedRow(mapping, user, key) };
}

/** In which of the written columns the site's row differs from what it should be; none: nothing is to be done. */
export function differs(mapping: Mapping, user: MappedUser, found: FoundRow): Difference[] {
  const wanted = expectedRow(mapping, user, found);
  return comparedColumns(mapping)
    .filter(({ column }) => !sameValue(wanted[column], found[column]))
    .map(({ column }) => ({ column, here: wanted[column] ?? null, there: found[column] ?? null }));
}

/** Columns in which rows are compared: not those with a time of the row's, which sites stamp themselves. */
export function comparedColumns({ columns }: Mapping): MappedColumn[] {
  return columns.filter(({ from }) => !readsTime(from));
}

function readsTime(from: MappedSource): boolean {
  switch (from.kind) {
    case "field":
    case "values":
      return isTime(from.field);
    case "template":
      return TIMES.some((field) => from.template.includes(`{${field}}`));
    case "constant":
      return false;
  }
}

const TIMES: readonly string[] = ["created_at", "updated_at"];

function isTime(field: string): boolean {
  return TIMES.includes(field);
}

/** A value of a site as people read it; null for none. */
export function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Whether a site has what it was sent, the row's times aside, which sites stamp themselves. */
export function holds({ columns }: Mapping, sent: MappedRow, found: FoundRow): boolean {
  const times = columns.filter(({ from }) => readsTime(from)).map(({ column }) => column);
  return Object.entries(sent).every(
    ([column, value]) => times.includes(column) || sameValue(value, found[column]),
  );
}

/**
 * Whether two values are one to PostgreSQL: a site answers in its column's type, so text that was sent may come back as
 * a number or a boolean, a time in another spelling or cut to a date, and a UUID in lower case.
 */
export function sameValue(sent: unknown, found: unknown): boolean {
  const [a, b] = [sent ?? null, found ?? null];
  if (a === null || b === null) return a === b;
  const [left, right] = [String(a), String(b)];
  if (left === right) return true;
  if (typeof b === "boolean")
    return (/^(t|true|yes|on|1)$/i.test(left) && b) || (/^(f|false|no|off|0)$/i.test(left) && !b);
  if (typeof b === "number") return Number(left) === b;
  if (UUID.test(left)) return left.toLowerCase() === right.toLowerCase();
  return TIME.test(left) && sameTime(left, right);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const ZONE = /(Z|[+-]\d\d(:?\d\d)?)$/;

function sameTime(sent: string, found: string): boolean {
  if (found.length > LONGEST_TIME) return false;
  if (DATE.test(found)) return sent.slice(0, 10) === found;
  // Without a zone the site's column keeps what was on the clock.
  if (!ZONE.test(found)) return withoutZone(sent) === withoutZone(found);
  const [a, b] = [new Date(sent).getTime(), new Date(found).getTime()];
  return Number.isFinite(a) && a === b;
}

function withoutZone(time: string): string {
  const [clock = "", fraction = ""] = time.replace(" ", "T").replace(ZONE, "").split(".");
  return `${clock}.${fraction.replace(/0+$/, "")}`;
}
