import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withConnection } from "@/supabase/local/database";

const migrationsDirectory = fileURLToPath(new URL("../migrations", import.meta.url));

/** One file of supabase/migrations, named `<version>_<name>.sql`. */
export interface Migration {
  version: string;
  name: string;
  file: string;
  sql: string;
}

/** All migrations, in the order in which they apply. */
export async function readMigrations(directory = migrationsDirectory): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith(".sql")).sort();
  return await Promise.all(
    files.map(async (file) => {
      const [, version, name] = /^(\d+)_(.+)\.sql$/.exec(file) ?? [];
      if (!version || !name) throw new Error(`A migration is named <digits>_<name>.sql, not ${file}`);
      return { version, name, file, sql: await readFile(join(directory, file), "utf8") };
    }),
  );
}

/**
 * Applies what is new of supabase/migrations, each file in its own transaction, and records it where the
 * Supabase CLI does, so that `supabase db push` and this agree on what has been applied.
 */
export async function migrate(url: string, migrations?: Migration[]): Promise<void> {
  const all = migrations ?? (await readMigrations());
  await withConnection(url, async (sql) => {
    await sql.unsafe(`
      create schema if not exists supabase_migrations;
      create table if not exists supabase_migrations.schema_migrations
        (version text primary key, statements text[], name text);
    `);
    const applied = await sql<
      { version: string }[]
    >`select version from supabase_migrations.schema_migrations`;
    const versions = new Set(applied.map((row) => row.version));
    for (const migration of all) {
      if (versions.has(migration.version)) continue;
      await sql
        .begin(async (tx) => {
          await tx.unsafe(migration.sql);
          await tx`
            insert into supabase_migrations.schema_migrations (version, name)
            values (${migration.version}, ${migration.name})`;
        })
        .catch((cause: unknown) => {
          const reason = cause instanceof Error ? cause.message : String(cause);
          throw new Error(`The migration ${migration.file} failed: ${reason}`, { cause });
        });
    }
  });
}
