import type { MappingInput, TableColumn } from "@/lib/mapping/schema";
import type { MappedField } from "@/lib/sync/core/mapped-fields";
import type { MappedColumn } from "@/lib/sync/core/mapping";

const GUESSES: readonly [RegExp, MappedField][] = [
  [/^clerk(_user)?_?id$/i, "clerk_user_id"],
  [/e?_?mail/i, "email"],
  [/^(full|display|person|user|employee)?_?name$/i, "full_name"],
  [/role/i, "role"],
  [/team/i, "team"],
  [/dep(t|artment)/i, "department"],
  [/^created/i, "created_at"],
  [/^updated/i, "updated_at"],
];
const TEXT = /^(text|character|varchar|citext|$)/;
const TIME = /^timestamp/;
const ACTIVE = /^(is_)?(active|enabled)$/i;

/** A column that is written from a field, always and as it is. */
function fieldColumn(column: string, field: MappedField): MappedColumn {
  return { column, from: { kind: "field", field }, onlyOnCreate: false, clearWhenEmpty: true };
}

/** A first mapping for a table, from what its columns are called; whoever sees it puts it right. */
export function suggestMapping(schema: string, table: string, columns: readonly TableColumn[]): MappingInput {
  const used = new Set<MappedField>();
  const mapped = columns.flatMap((column) => {
    const field = guess(column);
    if (!field || used.has(field)) return [];
    used.add(field);
    return [fieldColumn(column.name, field)];
  });
  const unique = ["id", "email", "clerk_user_id"] as const;
  const match = unique.flatMap((field) =>
    mapped.filter(({ from }) => from.kind === "field" && from.field === field),
  )[0];
  const active = columns.find(({ name, type }) => ACTIVE.test(name) && type === "boolean");
  return {
    mapping: { schema, table, match: match?.column ?? "", columns: mapped },
    removalPolicy: active ? "deactivate" : "delete",
    removalColumn: active?.name ?? null,
  };
}

function guess({ name, type, primaryKey, hasDefault }: TableColumn): MappedField | undefined {
  // An id that the site makes itself is the site's: only one that must be given is filled.
  if (/^id$/i.test(name) || primaryKey) return hasDefault === false && TEXT.test(type) ? "id" : undefined;
  const field = GUESSES.find(([pattern]) => pattern.test(name))?.[1];
  const fits = field === "created_at" || field === "updated_at" ? TIME : TEXT;
  return fits.test(type) ? field : undefined;
}
