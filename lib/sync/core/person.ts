import { sameValue } from "./compare";
import { MAPPED_FIELDS, type MappedField } from "./mapped-fields";
import { changedRow, type MappedUser, type Mapping } from "./mapping";
import { momentOf } from "./moment";
import type { RemovalPolicy } from "./plan";

type PersonFields = { [Field in Exclude<MappedField, "created_at" | "updated_at">]?: string | undefined } & {
  active?: boolean;
};

/** What a site's row says of a person, in the fields of the list. */
export interface Person {
  /** As the site has them; those that its table does not tell are absent. */
  fields: PersonFields;
  /** When the row changed last, where the site knows. */
  at: string | null;
  /** Why the row cannot become a user of the list; null: it can. */
  problem: string | null;
}

/** Says what is wrong with the fields of a person who is to become a user; null for nothing. */
export type CheckPerson = (fields: PersonFields) => string | null;

/** Longer values are cut: a site may hold anything in its columns, and no field of the list is as long. */
const LONGEST = 500;

/** Reads a site's row back into the fields that the mapping wrote, or would write, from a user. */
export function personOf(
  row: Readonly<Record<string, unknown>>,
  { mapping, removal, check }: { mapping: Mapping; removal: RemovalPolicy; check: CheckPerson },
): Person {
  const fields: PersonFields = {};
  for (const field of MAPPED_FIELDS) {
    if (field === "created_at" || field === "updated_at") continue;
    const value = readBack(row, mapping, field);
    if (value !== null) fields[field] = cut(value, LONGEST);
  }
  if (removal.kind === "deactivate" && typeof row[removal.column] === "boolean") {
    fields.active = row[removal.column] === true;
  }
  const at = momentOf(readBack(row, mapping, "updated_at"));
  return { fields, at, problem: problemOf(row, fields, mapping, check) };
}

/** The beginning of a text, without half a character that the central database could not store. */
function cut(text: string, length: number): string {
  return text.slice(0, length).toWellFormed();
}

/** The value that a field must have had for the row to be as it is; null when the row does not say. */
function readBack(
  row: Readonly<Record<string, unknown>>,
  { columns }: Mapping,
  field: MappedField,
): string | null {
  for (const { column, from } of columns) {
    const value = row[column] ?? null;
    if (value === null || value === "" || typeof value === "object") continue;
    if (from.kind === "field" && from.field === field) return String(value);
    if (from.kind === "template" && from.template.trim() === `{${field}}`) return String(value);
    if (from.kind === "values" && from.field === field) {
      const given = Object.entries(from.values).filter(([, written]) => sameValue(written, value));
      const [only] = given;
      if (only && given.length === 1) return only[0];
      if (given.length === 0 && from.otherwise.kind === "same") return String(value);
    }
  }
  return null;
}

function problemOf(
  row: Readonly<Record<string, unknown>>,
  fields: PersonFields,
  mapping: Mapping,
  check: CheckPerson,
): string | null {
  if (fields.active === false) return "The row is inactive at the site.";
  const key = String(row[mapping.match] ?? "");
  const byId = mapping.columns.some(
    ({ column, from }) => column === mapping.match && from.kind === "field" && from.field === "id",
  );
  const id = byId ? key : fields.id;
  const wrong = check({ ...fields, id });
  return wrong ?? lossOf(row, mapping, { ...fields, id: id ?? key }, key);
}

/** Which column of the row would not be as it is once the list's user is written there. */
function lossOf(
  row: Readonly<Record<string, unknown>>,
  mapping: Mapping,
  fields: PersonFields,
  key: string,
): string | null {
  const user: MappedUser = {
    id: fields.id ?? key,
    clerk_user_id: fields.clerk_user_id ?? fields.id ?? key,
    email: fields.email?.trim() ?? "",
    full_name: fields.full_name?.trim() ?? null,
    role: fields.role?.trim() ?? "user",
    team: fields.team?.trim() ?? null,
    department: fields.department?.trim() ?? null,
    created_at: "",
    updated_at: "",
  };
  for (const [column, value] of Object.entries(changedRow(mapping, user, key))) {
    const there = row[column] ?? null;
    if (there === null || String(there).trim() === "" || isTime(mapping, column)) continue;
    if (sameValue(value, there) || String(value ?? "") === String(there).trim()) continue;
    return `Its ${column} (${cut(String(there), 80)}) cannot be read back into the list, so it would be lost.`;
  }
  return null;
}

function isTime({ columns }: Mapping, name: string): boolean {
  const from = columns.find(({ column }) => column === name)?.from;
  return from?.kind === "field" && (from.field === "created_at" || from.field === "updated_at");
}
