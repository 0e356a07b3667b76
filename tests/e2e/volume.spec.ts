import type postgres from "postgres";
import { type Databases, siteContent, wantedContent } from "@/tests/e2e/support/databases";
import { callRoster } from "@/tests/e2e/support/roster-api";
import { expect, test } from "@/tests/e2e/support/test";

// `npm test` takes fewer users, `npm run test:acceptance` the number that the promise is about.
const full = process.env.ROSTER_ACCEPTANCE === "full";
const users = full ? 10_000 : 4_000; // some batches for each site, or there is no middle
const arrival = { timeout: full ? 240_000 : 60_000, intervals: [100] };
test.setTimeout(full ? 600_000 : 120_000);
test.describe.configure({ mode: "serial" });

/** Inserts users by one statement; their addresses start with the prefix. */
async function insertUsers(central: postgres.Sql, prefix: string): Promise<void> {
  await central`
    insert into public.user_profiles (email, full_name, role, team, department)
    select ${prefix}::text || n || '@example.com', 'Zoë O''Neill "' || n || '" \\ ' || chr(128512),
      (array['user', 'editor', 'manager'])[1 + n % 3],
      case when n % 5 > 0 then 'Team ' || n % 7 end,
      case when n % 4 > 0 then 'Department, ' || n % 11 end
    from generate_series(1, ${users}) n`;
}

async function logged(central: postgres.Sql, where: postgres.PendingQuery<postgres.Row[]>): Promise<number> {
  const [row] = await central<{ count: number }[]>`
    select count(*)::integer as count from public.user_sync_log where status = 'success' and ${where}`;
  return row?.count ?? 0;
}

async function expectEverySiteExact(databases: Databases): Promise<void> {
  const wanted = await wantedContent(databases.central);
  const sites = () => Promise.all(databases.sites.map(({ sql }) => siteContent(sql)));
  await expect.poll(sites, arrival).toEqual(databases.sites.map(() => wanted));
}

async function expectNothingWaits(central: postgres.Sql): Promise<void> {
  const states = () => central`
    select status, count(*)::integer as pairs from public.user_sync_status
    where status not in ('synced', 'removed') group by status`;
  await expect.poll(async () => [...(await states())], arrival).toEqual([]);
}

test("users inserted by one statement reach every site exactly, each with a success in the log", async ({
  databases,
}) => {
  const started = performance.now();
  await insertUsers(databases.central, "bulk-");
  await expectEverySiteExact(databases);
  console.log(`  ${users} users at four sites after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  await expectNothingWaits(databases.central);
  expect(await logged(databases.central, databases.central`email like 'bulk-%'`)).toBe(4 * users);
});

test("Sync All Users with force changes nothing at the sites, but is counted and logged", async ({
  demo,
  databases,
}) => {
  const { central } = databases;
  const before = await wantedContent(central);
  const started = performance.now();
  const run = await callRoster<{ runId: string; users: number; sites: number }>(
    demo.facts,
    "POST",
    "/api/sync/all-users",
    { force: true },
  );
  console.log(`  Sync All Users started in ${(performance.now() - started).toFixed(0)} ms`);
  expect(run).toMatchObject({ users: before.rows, sites: 4 });
  const state = () => callRoster<object>(demo.facts, "GET", `/api/sync/runs/${run.runId}`);
  await expect
    .poll(state, arrival)
    .toMatchObject({ pending: 0, failed: 0, finishedAt: expect.stringContaining("T") });
  console.log(`  and was done after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  expect(await state()).toMatchObject({ total: 4 * before.rows, succeeded: 4 * before.rows });
  await expectEverySiteExact(databases);
  expect(await wantedContent(central)).toEqual(before);
  const ofRun = central`run_id = ${run.runId} and email like 'bulk-%'`;
  expect(await logged(central, ofRun)).toBe(4 * users);
});

test("a dashboard that is killed in the middle goes on by itself to the same exact state", async ({
  demo,
  databases,
}) => {
  const { central } = databases;
  const pid = await demo.dashboardPid();
  await insertUsers(central, "killed-");
  await expect
    .poll(() => logged(central, central`email like 'killed-%'`), arrival)
    .toBeGreaterThan(users / 4);
  process.kill(pid, "SIGKILL");
  const done = await logged(central, central`email like 'killed-%'`);
  expect(done, "it was killed in the middle").toBeLessThan(4 * users);
  const killed = performance.now();
  await expectEverySiteExact(databases);
  await expectNothingWaits(central);
  console.log(
    `  killed at ${done} of ${4 * users}, exact ${((performance.now() - killed) / 1000).toFixed(1)} s later`,
  );
  const another = async () => await demo.dashboardPid().catch(() => pid);
  await expect.poll(another, arrival).not.toBe(pid);
  const [pairs] = await central<{ count: number }[]>`
    select count(distinct (user_id, site_id))::integer as count from public.user_sync_log
    where status = 'success' and email like 'killed-%'`;
  expect(pairs?.count).toBe(4 * users);
});
