import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "@/supabase/local/database";
import { SQL_EDITOR_BYTES } from "@/supabase/local/one-file";
import { schemaText } from "@/tests/support/schema-text";
import { createCentre, createSite, type TestProject } from "@/tests/support/stack";

const ROLE = "hosted_owner";
let migrated: TestProject;
let fresh: TestProject;

beforeAll(async () => {
  [migrated, fresh] = await Promise.all([createCentre(), createSite({ name: "central", table: "none" })]);
  await likeHosted(fresh);
});
afterAll(async () => {
  await fresh.close();
  await migrated.sql`drop role ${migrated.sql(ROLE)}`;
  await migrated.close();
});

/** A hosted project's `postgres` is no superuser; it owns the database, its extensions and what migrations make. */
async function likeHosted({ sql }: TestProject): Promise<void> {
  await sql.unsafe(`
    create role ${ROLE} login password 'secret' createrole createdb bypassrls replication;
    grant anon, authenticated, service_role to ${ROLE} with admin option;
    create extension pgmq;
    do $$
    declare
      statement text;
    begin
      for statement in
        select format('alter database %I owner to ${ROLE}', current_database())
        union all
        select 'alter schema pgmq owner to ${ROLE}'
        union all
        select format('alter routine %s owner to ${ROLE}', p.oid::regprocedure)
        from pg_proc p where p.pronamespace = 'pgmq'::regnamespace
        union all
        select format('alter %s %s owner to ${ROLE}', case c.relkind when 'c' then 'type' else 'table' end, c.oid::regclass)
        from pg_class c where c.relnamespace = 'pgmq'::regnamespace and c.relkind in ('r', 'c')
      loop
        execute statement;
      end loop;
    end
    $$;
    grant usage on schema auth to ${ROLE};
    grant select on all tables in schema auth to ${ROLE};`);
}

test("what is pasted into the SQL Editor makes what the migrations make, without a superuser", async () => {
  const text = await readFile("supabase/user-sync-schema.sql", "utf8");
  expect(Buffer.byteLength(text)).toBeLessThan(SQL_EDITOR_BYTES);
  const url = Object.assign(new URL(fresh.databaseUrl), { username: ROLE, password: "secret" });
  const editor = connect(url.href);
  await editor.unsafe(text).finally(() => editor.end());
  const [{ owner } = { owner: "" }] = await migrated.sql<{ owner: string }[]>`select current_user as owner`;
  expect(await schemaText(fresh.sql, ROLE)).toEqual(await schemaText(migrated.sql, owner));
});
