import type postgres from "postgres";

/** What the database has, as PostgREST reads it once at its start. */
export interface Schema {
  /** Column types by name, of each table. */
  tables: Map<string, Map<string, string>>;
  /** Argument types by name, and whether anything is returned, of each function. */
  functions: Map<string, { args: Map<string, string>; isVoid: boolean }>;
}

export async function readSchema(sql: postgres.Sql): Promise<Schema> {
  const tables: Schema["tables"] = new Map();
  const columns = await sql<{ table: string; name: string; type: string }[]>`
    select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and a.attnum > 0 and not a.attisdropped
    order by c.relname, a.attnum`;
  for (const { table, name, type } of columns) {
    tables.set(table, (tables.get(table) ?? new Map<string, string>()).set(name, type));
  }
  const functions: Schema["functions"] = new Map();
  const found = await sql<{ name: string; args: string[]; types: string[]; is_void: boolean }[]>`
    select p.proname as name, coalesce(p.proargnames[1:p.pronargs], '{}') as args, p.prorettype = 'void'::regtype as is_void,
      array(select format_type(t, null) from unnest(p.proargtypes) with ordinality x(t, n) order by n) as types
    from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'`;
  for (const { name, args, types, is_void: isVoid } of found) {
    functions.set(name, { args: new Map(args.map((arg, n) => [arg, types[n] ?? "text"])), isVoid });
  }
  return { tables, functions };
}

/** A statement whose parameters are texts and whose answer is one text. */
export interface Statement {
  text: string;
  parameters: string[];
}

/** `POST /rest/v1/<table>`: rows from JSON, inserted or written over, by the one statement that PostgREST makes of it. */
export function insertStatement(
  schema: Schema,
  table: string,
  query: URLSearchParams,
  body: string,
): Statement {
  const types = columnsOf(schema, table);
  const list = body.startsWith("[") ? body : `[${body}]`;
  const columns = query.get("columns")?.split(",").map(unquoted) ?? keysOfFirst(list);
  const typed = columns.map((column) => `"${column}" ${known(types, column)}`).join(", ");
  const names = columns.map((column) => `"${column}"`).join(", ");
  const key = query.get("on_conflict");
  const updates = columns.map((column) => `"${column}" = excluded."${column}"`).join(", ");
  const conflict = key ? ` on conflict ("${checked(types, key)}") do update set ${updates}` : "";
  const insert = `insert into public."${table}" (${names}) select ${names} from json_to_recordset($1::text::json) as _(${typed})${conflict}`;
  return { text: returning(insert, types, query.get("select")), parameters: [list] };
}

/** `GET /rest/v1/<table>` with the filters, order and limit that supabase-js sends here. */
export function selectStatement(schema: Schema, table: string, query: URLSearchParams): Statement {
  const types = columnsOf(schema, table);
  const parameters: string[] = [];
  const conditions = ["true"];
  for (const [column, filter] of query) {
    if (["select", "order", "limit"].includes(column)) continue;
    const [, operator = "", value = ""] = /^(gt|eq|neq|not\.like)\.(.*)$/s.exec(filter) ?? [];
    parameters.push(value);
    conditions.push(
      `"${column}" ${OPERATORS[operator]} $${parameters.length}::text::${known(types, column)}`,
    );
  }
  const names = (query.get("select") ?? "*")
    .split(",")
    .map((column) => (column === "*" ? "*" : `"${checked(types, column)}"`));
  const order = query
    .get("order")
    ?.split(",")
    .map((term) => orderTerm(types, term))
    .join(", ");
  const limit = Number(query.get("limit") ?? 1_000);
  const rows = `select ${names.join(", ")} from public."${table}" where ${conditions.join(" and ")}${order ? ` order by ${order}` : ""} limit ${limit}`;
  return { text: `select coalesce(json_agg(t), '[]')::text as body from (${rows}) t`, parameters };
}

/** `POST /rest/v1/rpc/<function>` with named arguments as JSON. */
export function callStatement(schema: Schema, name: string, body: string): Statement {
  const known = schema.functions.get(name);
  if (!known) throw new Error(`There is no function ${name}`);
  const given = Object.keys(JSON.parse(body || "{}"));
  const passed = given.map((arg) => `"${arg}" := a."${arg}"`).join(", ");
  const typed = given.map((arg) => `"${arg}" ${known.args.get(arg)}`).join(", ");
  const call = `public."${name}"(${passed})`;
  const result = known.isVoid ? `${call}::text` : `to_json(${call})::text`;
  if (given.length === 0) return { text: `select ${result} as body`, parameters: [] };
  return {
    text: `select ${result} as body from json_to_record($1::text::json) as a(${typed})`,
    parameters: [body],
  };
}

const OPERATORS: Record<string, string> = { gt: ">", eq: "=", neq: "<>", "not.like": "not like" };

function returning(insert: string, types: Map<string, string>, select: string | null): string {
  if (select === null) return insert;
  const names = select.split(",").map((column) => `"${checked(types, column)}"`);
  return `with source as (${insert} returning ${names.join(", ")}) select coalesce(json_agg(source), '[]')::text as body from source`;
}

function orderTerm(types: Map<string, string>, term: string): string {
  const [column = "", ...words] = term.split(".");
  const nulls = words.includes("nullslast") ? " nulls last" : "";
  return `"${checked(types, column)}" ${words.includes("desc") ? "desc" : "asc"}${nulls}`;
}

function columnsOf(schema: Schema, table: string): Map<string, string> {
  const types = schema.tables.get(table);
  if (!types) throw new Error(`There is no table ${table}`);
  return types;
}

function known(types: Map<string, string>, column: string): string {
  const type = types.get(column);
  if (!type) throw new Error(`There is no column ${column}`);
  return type;
}

function checked(types: Map<string, string>, column: string): string {
  known(types, column);
  return column;
}

function keysOfFirst(list: string): string[] {
  const [first] = JSON.parse(list);
  return Object.keys(first ?? {});
}

function unquoted(name: string): string {
  return name.replace(/^"(.*)"$/, "$1");
}
