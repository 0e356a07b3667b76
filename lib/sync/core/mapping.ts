import { z } from "zod";
import { MAPPED_FIELDS, type MappedField, UNIQUE_FIELDS } from "./mapped-fields";
import type { UserProfile } from "./plan";

/** A user as a mapping reads it. */
export type MappedUser = Pick<UserProfile, MappedField>;

/** A value that JSON can hold and one column can take. */
const value = z.union([z.string().max(1000), z.number(), z.boolean(), z.null()]);
export type MappedValue = z.infer<typeof value>;

const field = z.enum(MAPPED_FIELDS);

/** A schema's name; it travels in a header, which takes nothing else. */
export const schemaName = z
  .string()
  .trim()
  .min(1, "Enter the name of a schema.")
  .max(63, "Use at most 63 characters.")
  .regex(/^[\x21-\x7e]+$/, "Use letters, digits and punctuation without accents and spaces.")
  .default("public");

const source = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("field"), field }),
    z.strictObject({ kind: z.literal("constant"), value }),
    z.strictObject({
      kind: z.literal("template"),
      template: z
        .string()
        .min(1, "Enter a template.")
        .max(1000, "Use at most 1,000 characters.")
        .superRefine((text, check) => {
          const unknown = placeholders(text).find((name) => !isField(name));
          if (unknown !== undefined) check.addIssue(`There is no field {${unknown}}.`);
        }),
    }),
    z.strictObject({
      kind: z.literal("values"),
      field,
      values: z
        .record(z.string().max(1000), value)
        .refine((list) => Object.keys(list).length <= 200, "Use at most 200 values."),
      otherwise: z
        .discriminatedUnion("kind", [
          z.strictObject({ kind: z.literal("same") }),
          z.strictObject({ kind: z.literal("value"), value }),
        ])
        .describe("For values that are not in the list: as they are, or this one."),
    }),
  ])
  .describe("Where a column's value comes from.");
export type MappedSource = z.infer<typeof source>;

const name = z
  .string()
  .trim()
  .min(1, "Enter a name.")
  .max(63, "Names have at most 63 characters.")
  .refine((text) => !/["\p{Cc}]/u.test(text), "Names have no quotes and no control characters.");

const mappedColumn = z.strictObject({
  column: name,
  from: source,
  onlyOnCreate: z
    .boolean()
    .default(false)
    .describe("Written when the row is made, and the site's from then on."),
  clearWhenEmpty: z
    .boolean()
    .default(true)
    .describe("Whether an empty value empties the column; otherwise what the site has stays."),
});
export type MappedColumn = z.infer<typeof mappedColumn>;

/** How users are written at a site: which table, which column says whose row it is, and what goes into each column. */
export const mapping = z
  .strictObject({
    schema: schemaName,
    table: name,
    match: name.describe("The column that identifies a row; filled from id, email or clerk_user_id."),
    columns: z.array(mappedColumn).min(1, "Name at least one column.").max(200, "Use at most 200 columns."),
  })
  .superRefine(({ columns, match }, check) => {
    for (const [index, { column }] of columns.entries()) {
      if (columns.findIndex((other) => other.column === column) === index) continue;
      check.addIssue({
        code: "custom",
        path: ["columns", index, "column"],
        message: `${column} is there twice.`,
      });
    }
    const wrong = wrongWithMatch(columns.find(({ column }) => column === match));
    if (wrong) check.addIssue({ code: "custom", path: ["match"], message: wrong });
  })
  .describe("How users are written at a site.");
export type Mapping = z.infer<typeof mapping>;

function wrongWithMatch(column: MappedColumn | undefined): string | null {
  if (!column) return "The match column has to be one of the columns that are written.";
  const { from, onlyOnCreate } = column;
  const unique = from.kind === "field" && UNIQUE_FIELDS.some((one) => one === from.field);
  if (!unique)
    return "Fill the match column from id, email or clerk_user_id: nothing else is one user's alone.";
  return onlyOnCreate ? "The match column cannot be written on creation only." : null;
}

/** The documented table, which a site without a mapping has. */
export const DEFAULT_MAPPING: Mapping = {
  schema: "public",
  table: "user_profiles",
  match: "id",
  columns: MAPPED_FIELDS.map((one) => ({
    column: one,
    from: { kind: "field", field: one },
    onlyOnCreate: false,
    clearWhenEmpty: true,
  })),
};

/** A row of a site's table, in the mapped columns. */
export type MappedRow = Record<string, MappedValue>;

/** What a column gets for a user. */
export function mappedValue(from: MappedSource, user: MappedUser): MappedValue {
  switch (from.kind) {
    case "field":
      return user[from.field];
    case "constant":
      return from.value;
    case "template":
      return filledTemplate(from.template, user);
    case "values": {
      const given = user[from.field] ?? "";
      if (Object.hasOwn(from.values, given)) return from.values[given] ?? null;
      return from.otherwise.kind === "same" ? user[from.field] : from.otherwise.value;
    }
  }
}

/** A template's text; empty when all that it names is empty, so that nobody is called " ()". */
function filledTemplate(template: string, user: MappedUser): string | null {
  const named = placeholders(template).filter(isField);
  if (named.length > 0 && named.every((one) => (user[one] ?? "") === "")) return null;
  return template.replace(PLACEHOLDER, (_, one: string) => (isField(one) ? (user[one] ?? "") : "")).trim();
}

const PLACEHOLDER = /\{([^{}]*)\}/g;

function placeholders(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map(([, one]) => one ?? "");
}

function isField(text: string): text is MappedField {
  return MAPPED_FIELDS.some((one) => one === text);
}

/** The value of the match column that the list wants for a user. */
export function keyOf({ match, columns }: Mapping, user: MappedUser): string {
  const column = columns.find((one) => one.column === match);
  return String((column && mappedValue(column.from, user)) ?? "");
}

/**
 * Whether a row that stands under another key keeps it. A user's id never changes, so another key then means that the
 * row was linked to this user: its identity is the site's, and other tables there refer to it.
 */
export function keepsKey({ match, columns }: Mapping): boolean {
  const from = columns.find((one) => one.column === match)?.from;
  return from?.kind === "field" && from.field === "id";
}

/** The row of a user who is new to the site: every column, but for empty ones that the site's default may fill. */
export function newRow(mapping: Mapping, user: MappedUser): MappedRow {
  return rowOf(mapping.columns, user);
}

/** What is written to a row that is there, under `key` where it keeps that; see `keepsKey`. */
export function changedRow(mapping: Mapping, user: MappedUser, key: string): MappedRow {
  const row = rowOf(
    mapping.columns.filter(({ onlyOnCreate }) => !onlyOnCreate),
    user,
  );
  return keepsKey(mapping) ? { ...row, [mapping.match]: key } : row;
}

function rowOf(columns: readonly MappedColumn[], user: MappedUser): MappedRow {
  const values = columns.map(
    ({ column, from, clearWhenEmpty }) => [column, mappedValue(from, user), clearWhenEmpty] as const,
  );
  const written = values.filter(([, given, clear]) => clear || (given !== null && given !== ""));
  return Object.fromEntries(written.map(([column, given]) => [column, given]));
}
