import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type postgres from "postgres";
import type { Found } from "@/tests/e2e/support/planted/search";

/** Every row of every table of a database, as one text each, with the table's name. */
export async function everyRow(sql: postgres.Sql): Promise<Found[]> {
  const tables = await sql`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`;
  const found = await Promise.all(
    tables.map(async ({ name }) => {
      const rows = await sql.unsafe(`select to_jsonb(t)::text as row from ${name} t`);
      return rows.map(({ row }): Found => ({ what: `table ${name}`, text: row }));
    }),
  );
  return found.flat();
}

/** Every file of the build: what the browser gets, what the server runs, and what it has cached. */
export async function* everyBuiltFile(root: string): AsyncGenerator<Found> {
  for (const directory of ["static", "server", "cache/fetch-cache"]) {
    const path = join(root, ".next", directory);
    const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => []);
    for (const entry of entries.filter((one) => one.isFile())) {
      const file = join(entry.parentPath, entry.name);
      yield { what: `file ${file.slice(root.length)}`, text: await readFile(file, "latin1") };
    }
  }
}

/** Every distinct text within the rows of a dump, at whatever depth. */
export function valuesOf(rows: Found[]): string[] {
  const values = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value === "string") values.add(value);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(collect);
  };
  for (const { text } of rows) collect(JSON.parse(text));
  return [...values];
}
