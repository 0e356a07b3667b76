import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { adviceFor } from "@/lib/sync/core/failure";
import type { Engine } from "@/lib/sync/engine";
import { Arena } from "@/tests/support/faults/arena";
import type { ArenaSite } from "@/tests/support/faults/arena-site";
import { SITE_FAILURES, TOO_MUCH } from "@/tests/support/faults/site-failures";
import { until, untilTrue } from "@/tests/support/faults/truth";

const USERS = 5;
let arena: Arena;
let site: ArenaSite;
let engine: Engine;

beforeAll(async () => {
  arena = await Arena.create(inject("adminUrl"), []);
  await arena.centre.sql`insert into user_profiles (id, email)
    select 'u' || n, 'u' || n || '@example.com' from generate_series(1, ${USERS}::int) n`;
  site = await arena.addSite("site", {});
  engine = arena.startEngine({ siteTimeoutMs: 500 });
  await untilTrue(arena, 20_000);
});

afterAll(async () => await arena.close());

/** The same for every pair of the site, or an empty list while some differ. */
async function statusOfAll(): Promise<object[]> {
  const rows = await arena.centre.sql`select distinct status, error_code, error from user_sync_status`;
  return rows.length === 1 ? [...rows] : [];
}

describe("when a site fails as a whole", () => {
  test.each(SITE_FAILURES)(
    "and $what, it is $health ($code), says why and what to do, and heals",
    { timeout: 40_000 },
    async (row) => {
      const { sql } = arena.centre;
      await site.proxy.set(row.fault);
      await sql`update user_profiles set team = ${row.what}`;
      engine.wake();
      await until(
        "the failure shows",
        15_000,
        async () => (await sql`select from connected_sites where health <> 'ok'`).length > 0,
      );
      const [seen] = await sql`
      select health, failures, error_code, error, extract(epoch from nullif(retry_at, 'infinity') - now())::float8 as wait
      from connected_sites`;
      expect(seen).toMatchObject({ health: row.health, failures: 1, error_code: row.code });
      expect(seen?.error).toMatch(/\w.*\.$|^as /);
      expect(adviceFor(seen?.error_code)).toMatch(/\w/);
      if (row.waits === null) expect(seen?.wait).toBeNull();
      else
        expect(row.waits[0] <= seen?.wait && seen?.wait <= row.waits[1], `waits ${seen?.wait} s`).toBe(true);
      const status = row.health === "blocked" ? "failed" : "retrying";
      expect(await statusOfAll()).toEqual([{ status, error_code: row.code, error: seen?.error }]);
      expect(await sql`select from user_sync_state where attempts > 0`).toHaveLength(0);
      await site.proxy.set({ kind: "none" });
      // Its time has come; a site without one was tested by somebody.
      if (row.waits === null) await sql`select site_unblock(id) from connected_sites`;
      else await sql`update connected_sites set retry_at = now()`;
      engine.wake();
      await untilTrue(arena, 15_000);
      expect(await sql`select health, failures, error from connected_sites`).toEqual([
        { health: "ok", failures: 0, error: null },
      ]);
    },
  );

  test.each(TOO_MUCH)(
    "a site that cannot take so much ($what) gets less at once, down to single rows",
    { timeout: 40_000 },
    async ({ what, fault }) => {
      const { sql } = arena.centre;
      await site.proxy.set(fault);
      await sql`update user_profiles set team = ${what}`;
      engine.wake();
      await until("every row was tried alone", 15_000, async () => {
        const refused =
          await sql`select from user_sync_status where status = 'retrying' and error_code = 'too_large'`;
        return refused.length === USERS;
      });
      expect(await sql`select health from connected_sites`).toEqual([{ health: "ok" }]);
      await site.proxy.set({ kind: "none" });
      await sql`select sync_retry(null, null)`;
      engine.wake();
      await untilTrue(arena, 15_000);
    },
  );
});
