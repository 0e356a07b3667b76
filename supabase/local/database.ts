import { readFile } from "node:fs/promises";
import { getAuthSchemaSql, SUPABASE_AUTH_HELPERS_SQL } from "@supabase/lite";
import postgres from "postgres";

const roles = new URL("roles.sql", import.meta.url);
const siteTable = new URL("../site/user_profiles.sql", import.meta.url);

/** A small pool of connections to one database; notices are not printed. */
export function connect(url: string, connections = 1): postgres.Sql {
  return postgres(url, { max: connections, onnotice: () => undefined });
}

/** Makes the database if it is missing, and gives it what a hosted project has before any migration. */
export async function prepareDatabase(admin: postgres.Sql, name: string, url: string): Promise<void> {
  const [found] = await admin`select from pg_database where datname = ${name}`;
  if (!found) await admin`create database ${admin(name)}`;
  await withConnection(url, async (sql) => {
    await sql.unsafe(await readFile(roles, "utf8"));
    await sql.unsafe(getAuthSchemaSql());
    await sql.unsafe(SUPABASE_AUTH_HELPERS_SQL);
    await sql.unsafe("grant execute on all functions in schema auth to anon, authenticated, service_role");
  });
}

/** Runs the SQL that a site's developer runs in the site's own project; it may be run again. */
export async function applySiteTable(url: string): Promise<void> {
  await withConnection(url, async (sql) => {
    await sql.unsafe(await readFile(siteTable, "utf8"));
  });
}

/** Runs `use` with a connection that is closed afterwards, whatever happens. */
export async function withConnection<T>(url: string, use: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = connect(url);
  try {
    return await use(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
