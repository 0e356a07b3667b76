import { randomUUID } from "node:crypto";
import type postgres from "postgres";
import { startApi } from "@/supabase/local/api";
import { connect, withConnection } from "@/supabase/local/database";
import { createKeys } from "@/supabase/local/keys";
import type { Project } from "@/supabase/local/stack";
import { isInMemory } from "@/tests/support/scratch";

/** A Supabase project that belongs to one test file, or to one test. */
export interface TestProject extends Project {
  /** Connections to its database as the superuser. */
  sql: postgres.Sql;
  /** Makes the API see a change of tables now; by itself it does a few milliseconds after the change. */
  reloadSchema(): Promise<void>;
  /** Ends the API and drops the database. */
  close(): Promise<void>;
}

/** A new project whose database is a copy of the template, in the PostgreSQL that `adminUrl` leads to. */
export async function cloneProject(adminUrl: string, name: string, template: string): Promise<TestProject> {
  const database = `test_${randomUUID().replaceAll("-", "")}`;
  const strategy = isInMemory() ? "file_copy" : "wal_log";
  await withConnection(
    adminUrl,
    (admin) =>
      admin`create database ${admin(database)} template ${admin(template)} strategy ${admin(strategy)}`,
  );
  const databaseUrl = new URL(`/${database}`, adminUrl).href;
  const { jwtSecret, ...keys } = createKeys();
  const api = await startApi({ databaseUrl, keys: { ...keys, jwtSecret } });
  const sql = connect(databaseUrl, 10);
  return {
    name,
    url: api.url,
    ...keys,
    databaseUrl,
    sql,
    reloadSchema: api.reloadSchema,
    close: async () => {
      await Promise.all([api.close(), sql.end({ timeout: 1 })]);
      await withConnection(adminUrl, (admin) => admin`drop database ${admin(database)} with (force)`);
    },
  };
}
