import { afterAll, beforeAll, expect, test } from "vitest";
import { type Migration, migrate, readMigrations } from "@/supabase/local/migrate";
import { createSite, type TestProject } from "@/tests/support/stack";

let project: TestProject;
beforeAll(async () => {
  project = await createSite({ table: "none" });
});
afterAll(() => project.close());

const migration = (version: string, sql: string): Migration => {
  const name = `step_${version}`;
  return { version, name, file: `${version}_${name}.sql`, sql };
};

test("a migration is applied once and recorded as the Supabase CLI records it", async () => {
  const create = migration("1", "create table public.things (id int);");
  await migrate(project.databaseUrl, [create]);
  await migrate(project.databaseUrl, [create, migration("2", "insert into public.things values (1);")]);
  expect(await project.sql`select id from public.things`).toEqual([{ id: 1 }]);
  expect(await project.sql`select version, name from supabase_migrations.schema_migrations`).toEqual([
    { version: "1", name: "step_1" },
    { version: "2", name: "step_2" },
  ]);
});

test("a failing migration leaves nothing behind and says which file it was", async () => {
  const broken = migration("3", "create table public.half (id int); select 1 / 0;");
  await expect(migrate(project.databaseUrl, [broken])).rejects.toThrow(
    "The migration 3_step_3.sql failed: division by zero",
  );
  expect(await project.sql`select to_regclass('public.half') as half`).toEqual([{ half: null }]);
  expect(await project.sql`select from supabase_migrations.schema_migrations where version = '3'`).toEqual(
    [],
  );
});

test("the project's migrations come in the order of their versions", async () => {
  const versions = (await readMigrations()).map(({ version }) => version);
  expect(versions.length).toBeGreaterThan(0);
  expect(versions).toEqual([...new Set(versions)].sort());
});
