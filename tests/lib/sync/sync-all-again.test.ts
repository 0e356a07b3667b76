import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { Arena } from "@/tests/support/faults/arena";
import { until, untilTrue } from "@/tests/support/faults/truth";

const USERS = 40;

let arena: Arena;

beforeEach(async () => {
  arena = await Arena.create(inject("adminUrl"), [{}, {}]);
  await arena.addUsers(USERS);
  arena.startEngine();
  await untilTrue(arena, 30_000);
  await until("the first sync has ended", 30_000, async () => (await arena.count(OPEN_RUNS)) === 0);
});
afterEach(async () => await arena.close());

const OPEN_RUNS = "sync_runs where finished_at is null";

/** Sync All Users to its end; returns its counters and how many attempts the log has of it. */
async function syncAll(force: boolean) {
  const { sql } = arena.centre;
  const [started] = await sql`select request_sync_all(null, 'test', ${force}) as run`;
  const { runId } = started?.run ?? {};
  await until("the run has ended", 30_000, async () => (await arena.count(OPEN_RUNS)) === 0);
  const [row] = await sql`select sync_run(${runId}) as run,
    (select count(*)::int from user_sync_log where run_id = ${runId}) as attempts`;
  const { total, succeeded, failed } = row?.run ?? {};
  return { total, succeeded, failed, attempts: row?.attempts };
}

function firstSite() {
  const [site] = arena.sites;
  if (!site) throw new Error("There is no site");
  return site.project.sql;
}

async function nameAtFirstSite(): Promise<unknown> {
  const [row] = await firstSite()`select full_name from user_profiles where id = 'u1'`;
  return row?.full_name;
}

test("Sync All Users counts whom the sites have confirmed as done and does not write them again", async () => {
  await firstSite()`update user_profiles set full_name = 'Edited there' where id = 'u1'`;
  const all = 2 * USERS;
  expect(await syncAll(false)).toEqual({ total: all, succeeded: all, failed: 0, attempts: 0 });
  expect(await nameAtFirstSite()).toBe("Edited there");
}, 60_000);

test("Sync All Users with force writes everybody, over what somebody changed at the site", async () => {
  await firstSite()`update user_profiles set full_name = 'Edited there' where id = 'u1'`;
  const all = 2 * USERS;
  expect(await syncAll(true)).toEqual({ total: all, succeeded: all, failed: 0, attempts: all });
  expect(await nameAtFirstSite()).toBe("Name 1");
}, 60_000);

test("Sync All Users writes those whom a site is not known to have, wherever they are in the list", async () => {
  const { sql } = arena.centre;
  await sql`delete from user_sync_state where user_id = 'u7'`;
  await sql`update user_sync_state set row_updated_at = null where user_id = 'u20'`;
  await sql`update user_sync_state set generation = 0 where user_id in ('u1', 'u40')`;
  expect(await syncAll(false)).toMatchObject({ succeeded: 2 * USERS, attempts: 2 * 4 });
  expect(await syncAll(false)).toMatchObject({ succeeded: 2 * USERS, attempts: 0 });
}, 60_000);
