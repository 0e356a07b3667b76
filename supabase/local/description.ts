import type postgres from "postgres";

interface ColumnRow {
  table: string;
  column: string;
  format: string;
  required: boolean;
  key: boolean;
  default: string | null;
  enum: string[] | null;
}

/**
 * What PostgREST answers at its root: an OpenAPI 2 description of the tables that the secret key may read. The embedded API
 * names none; hosted projects do. https://docs.postgrest.org/en/stable/references/api/openapi.html
 */
export async function describeApi(sql: postgres.Sql, schema: string): Promise<object> {
  const rows = await sql<ColumnRow[]>`
    select c.relname as table, a.attname as column, pg_catalog.format_type(a.atttypid, null) as format,
      a.attnotnull as required, coalesce(i.indisprimary, false) as key,
      case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end as default,
      (select array_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = a.atttypid) as enum
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    left join pg_index i on i.indrelid = c.oid and i.indisprimary and a.attnum = any (i.indkey)
    where n.nspname = ${schema} and c.relkind in ('r', 'p', 'v', 'm', 'f') and has_table_privilege('service_role', c.oid, 'select')
    order by c.relname, a.attnum`;
  const definitions: Record<
    string,
    { type: string; required: string[]; properties: Record<string, object> }
  > = {};
  for (const row of rows) {
    definitions[row.table] ??= { type: "object", required: [], properties: {} };
    const definition = definitions[row.table];
    if (row.required) definition?.required.push(row.column);
    Object.assign(definition?.properties ?? {}, { [row.column]: propertyOf(row) });
  }
  return {
    swagger: "2.0",
    info: { title: "standard public schema", version: "12.0" },
    paths: {},
    definitions,
  };
}

function propertyOf(row: ColumnRow): object {
  const shown = shownDefault(row);
  return {
    ...(shown !== undefined && { default: shown }),
    ...(row.key && { description: "Note:\nThis is a Primary Key.<pk/>" }),
    ...(row.enum && { enum: row.enum }),
    format: row.format,
  };
}

/** PostgREST shows what reads as a value of the column's type, and of numbers no expression such as nextval(). */
function shownDefault({ default: expression, format }: ColumnRow): unknown {
  if (expression === null) return undefined;
  const isNumber = /^(smallint|integer|bigint|numeric|real|double precision)$/.test(format);
  if (isNumber) return /^-?\d+(\.\d+)?$/.test(expression) ? Number(expression) : undefined;
  if (format === "boolean") return expression === "true";
  return expression.replace(/^'(.*)'::[\w ]+$/, "$1");
}
