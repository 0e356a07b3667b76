import { IMPORT_COLUMNS } from "@/lib/users/many-schema";
import { fieldName } from "../user-fields";

/** What a column of a file may be: a field of users, or a part of their name. */
export const TARGETS = [...IMPORT_COLUMNS, "first_name", "last_name"] as const;
export type ImportTarget = (typeof TARGETS)[number];

/** What each column of a file is; null for one that is not imported. */
export type Mapping = readonly (ImportTarget | null)[];

/** How others call the fields, in small letters and digits only. */
const SYNONYMS: Record<ImportTarget, readonly string[]> = {
  id: ["id", "userid", "uid"],
  clerk_user_id: ["clerkuserid", "clerkid"],
  email: ["email", "emailaddress", "mail", "mailaddress", "workemail", "primaryemail"],
  full_name: ["fullname", "name", "displayname"],
  first_name: ["firstname", "givenname", "forename"],
  last_name: ["lastname", "surname", "familyname"],
  role: ["role", "userrole"],
  team: ["team", "teamname", "group"],
  department: ["department", "departmentname", "dept", "division"],
  status: ["status", "userstatus"],
};

export function targetName(target: ImportTarget): string {
  if (target === "first_name") return "First name";
  return target === "last_name" ? "Last name" : fieldName(target);
}

/** Guesses from their names what the columns are. Nothing is guessed twice: the first one has it. */
export function guessMapping(headers: readonly string[]): Mapping {
  const taken = new Set<ImportTarget>();
  return headers.map((header) => {
    const name = header.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
    const target = TARGETS.find((candidate) => SYNONYMS[candidate].includes(name) && !taken.has(candidate));
    if (target) taken.add(target);
    return target ?? null;
  });
}

/** Says what one column is. Another one that was the same is then not imported. */
export function mapColumn(mapping: Mapping, column: number, target: ImportTarget | null): Mapping {
  return mapping.map((other, index) => {
    if (index === column) return target;
    return other === target ? null : other;
  });
}

/** Why a file cannot be imported with these columns, null when it can. */
export function mappingProblem(mapping: Mapping): string | null {
  if (!mapping.includes("email")) return "Say which column has the e-mail addresses.";
  if (mapping.includes("full_name") && (mapping.includes("first_name") || mapping.includes("last_name"))) {
    return "Choose either a column with full names or those with first and last names.";
  }
  return null;
}

export type ImportColumn = (typeof IMPORT_COLUMNS)[number];

/** The fields that a mapping fills. */
export function fieldsOf(mapping: Mapping): ImportColumn[] {
  const named = mapping.includes("first_name") || mapping.includes("last_name");
  return IMPORT_COLUMNS.filter((column) => mapping.includes(column) || (column === "full_name" && named));
}

/** A line's cells by field. Cells that a short line lacks are left out. */
export function recordOf(cells: readonly string[], mapping: Mapping): Partial<Record<ImportColumn, string>> {
  const found: Partial<Record<ImportTarget, string>> = {};
  mapping.forEach((target, index) => {
    const cell = cells[index];
    if (target && cell !== undefined) found[target] = cell;
  });
  const { first_name, last_name, ...record } = found;
  if (first_name !== undefined || last_name !== undefined) {
    record.full_name = [first_name, last_name].filter(Boolean).join(" ");
  }
  return record;
}
