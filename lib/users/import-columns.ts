import { IMPORT_COLUMNS } from "./import-schema";

/** What a column of a file may be: a field of users, or a part of their name. */
export const IMPORT_TARGETS = [...IMPORT_COLUMNS, "first_name", "last_name"] as const;
export type ImportTarget = (typeof IMPORT_TARGETS)[number];

/** What each column of a file is; null for one that is not imported. */
export type Mapping = readonly (ImportTarget | null)[];

/** Why a file cannot be imported with these columns, null when it can. */
export function mappingProblem(mapping: Mapping): string | null {
  if (!mapping.includes("email")) return "Say which column has the e-mail addresses.";
  if (mapping.includes("full_name") && (mapping.includes("first_name") || mapping.includes("last_name"))) {
    return "Choose either a column with full names or those with first and last names.";
  }
  const twice = mapping.find((target, column) => target !== null && mapping.indexOf(target) !== column);
  return twice ? `Two columns are ${twice}. Choose one of them.` : null;
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
