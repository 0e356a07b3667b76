import type postgres from "postgres";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createCentre, type TestProject } from "@/tests/support/stack";

let centre: TestProject;
let session: postgres.ReservedSql;
beforeEach(async () => {
  centre = await createCentre();
  session = await centre.sql.reserve();
});
afterEach(async () => {
  session.release();
  await centre.close();
});

/** What a worker does about a change, from the queue to the last settle, in one session. */
async function syncOnce(site: string): Promise<{ users: number }> {
  await session`select sync_fan_out()`;
  const [leased] = await session`select sync_lease_sites('test', 9, 1, 0) -> 0 ->> 'leaseId' as id`;
  const lease = String(leased?.id);
  const [claimed] = await session`select sync_claim(${site}, ${lease}, 500) as claim`;
  const { claimId, userIds } = claimed?.claim ?? {};
  const [first, ...others] = userIds;
  const outcomes = [
    { userIds: others, kind: "upserted", durationMs: 1 },
    { userIds: [first], kind: "failed", durationMs: 1, errorCode: "value_refused", error: "no", retryIn: 0 },
  ];
  await session`select sync_settle(${site}, ${lease}, ${claimId}, ${session.json(outcomes)})`;
  await session`select sync_retry(${first}, ${site})`;
  const [again] = await session`select sync_claim(${site}, ${lease}, 500) ->> 'claimId' as id`;
  const newest = [{ id: first, team: "changed", updated_at: "infinity" }];
  await session`select sync_record_newest(${site}, ${lease}, ${session.json(newest)})`;
  await session`select sync_displace(${site}, ${lease}, ${[first]})`;
  const whole = { users: 1, kind: "upserted", durationMs: 1 };
  await session`select sync_settle(${site}, ${lease}, ${again?.id}, ${session.json(whole)}, null, true)`;
  await session`select sync_release_site(${site}, ${lease})`;
  return { users: userIds.length };
}

/** Rows read so far in this transaction, of tables and through indexes. */
async function rowsRead(): Promise<number> {
  const [read] = await session`
    select sum(seq_tup_read + idx_tup_fetch)::int as rows from pg_stat_xact_user_tables
    where relname in ('user_sync_state', 'user_profiles')`;
  return read?.rows;
}

test("a worker reads the pairs of its batch with plans from before the tables were filled", async () => {
  await session`vacuum analyze`; // now the planner knows that they are empty
  const [row] =
    await session`insert into connected_sites (name, url) values ('hrms', 'https://site.example') returning id`;
  const site = String(row?.id);
  await session`select site_set_credentials(${site}, 'https://site.example', 'sealed', 'last')`;
  await session`update connected_sites set take_over = null`; // as if it had been looked at
  await session`update sync_run_sites set finished_at = now()`; // and synced for the first time
  const add = (from: number, to: number) => session`
    insert into user_profiles (id, email) select 'u' || n, n || '@example.com' from generate_series(${from}::int, ${to}::int) n`;
  // A session plans anew for the first five times.
  for (let n = 0; n < 6; n++) {
    await add(3 * n + 1, 3 * n + 3);
    expect(await syncOnce(site)).toEqual({ users: 3 });
  }

  await session`
    insert into user_sync_state (user_id, site_id, desired_version, synced_version, status, written)
    select 'v' || n, s.id, 1, 1, 'synced', true from generate_series(1, 3000) n, connected_sites s`;
  await session`begin`;
  await add(101, 103);
  const before = await rowsRead();
  expect(await syncOnce(site)).toEqual({ users: 3 });
  expect((await rowsRead()) - before).toBeLessThan(200); // of 3,000
  await session`rollback`;
});

test("a session changes many users as quickly after one, and looks no further for one after many", async () => {
  const many = 3_000;
  await centre.sql`insert into user_profiles (id, email) select 'u' || n, n || '@example.com' from generate_series(1, ${many}::int) n`;
  const changeAll = async (sql: postgres.Sql) => {
    const began = performance.now();
    await sql`update user_profiles set team = ${`at ${began}`}`;
    return performance.now() - began;
  };
  const changeOne = () => session`update user_profiles set team = clock_timestamp()::text where id = 'u1'`;
  const inFreshSession = await centre.sql.reserve();
  const quickly = await changeAll(inFreshSession);
  inFreshSession.release();

  await changeOne();
  // Comparing each row with each took 15 times as long.
  expect(Math.min(await changeAll(session), await changeAll(session))).toBeLessThan(5 * quickly);
  await session`begin`;
  const before = await rowsRead();
  await changeOne();
  expect((await rowsRead()) - before).toBeLessThan(50);
  await session`rollback`;
});
