import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { leaseOne } from "@/tests/support/lease-one";
import type { TestProject } from "@/tests/support/project";
import { GuardedCentre } from "@/tests/support/removals/guarded-centre";
import { createCentre } from "@/tests/support/stack";

/** Users are in the team Sales unless a test says otherwise. */
const SALES = { field: "team", is: ["Sales"] };

let project: TestProject;
let centre: GuardedCentre;
let sales: string;
let everyone: string;

beforeAll(async () => {
  project = await createCentre();
});
afterAll(() => project.close());

beforeEach(async () => {
  await project.sql`truncate connected_sites, user_sync_state, sync_tallies, site_removals, scope_departures cascade`;
  await project.sql`delete from user_profiles`;
  await project.sql`truncate pgmq.q_user_changes, user_departures, deleted_users`;
  centre = new GuardedCentre(project);
  sales = await centre.connectSite("sales");
  everyone = await centre.connectSite("everyone");
  await setScope(sales, SALES);
});

const there = (site = sales) => centre.rows.get(site)?.size;

async function setScope(site: string, scope: object | null): Promise<void> {
  await centre.sql`select site_set_scope(${site}, ${scope === null ? null : centre.sql.json(scope as never)})`;
}

async function start(users: number): Promise<void> {
  await centre.addUsers(1, users);
  await centre.work();
}

/** Gives users another team by one statement. */
async function move(from: number, to: number, team: string): Promise<void> {
  await centre.sql`update user_profiles set team = ${team}
    where id in (select 'u' || n from generate_series(${from}::int, ${to}::int) n)`;
}

async function reject(site: string | null = null): Promise<unknown> {
  const [row] = await centre.sql`select removals_reject(${site}, null, null, 1000) as answer`;
  return row?.answer;
}

/** How many users have which team. */
const teams = async () =>
  Object.fromEntries(
    (await centre.sql`select team, count(*)::int from user_profiles group by 1 order by 1`).map((row) => [
      row.team,
      row.count,
    ]),
  );

/** What the overview says of a site. */
async function counts(site: string): Promise<Record<string, unknown>> {
  const [row] = await centre.sql`
    select s as site from jsonb_array_elements(sync_overview() -> 'sites') s where s ->> 'siteId' = ${site}`;
  return row?.site;
}

test("400 of 1,000 users who leave a scope by one edit are held there, and other sites get the edit", async () => {
  await start(1000);
  await move(1, 400, "Marketing");
  await centre.work(100);
  expect([there(), there(everyone)]).toEqual([1000, 1000]);
  expect([await centre.held(sales), await centre.held(everyone)]).toEqual([400, 0]);
  expect(await counts(sales)).toMatchObject({ held: 400, pending: 0, synced: 600, failed: 0 });
  expect(await counts(everyone)).toMatchObject({ held: 0, pending: 0, synced: 1000 });

  expect(await reject()).toEqual({ restored: 400, conflicts: [], changed: [], last: null });
  await centre.work();
  expect(await teams()).toEqual({ Sales: 1000 });
  expect(centre.removed.get(sales)).toEqual([]);
  expect(await counts(sales)).toMatchObject({ held: 0, pending: 0, synced: 1000 });
  expect(await centre.sql`select from scope_departures`).toHaveLength(0);
});

test("approved, exactly these are removed, and their team stays what it is", async () => {
  await start(100);
  await move(1, 40, "Marketing");
  await centre.work();
  await centre.sql`select removals_approve(${sales}, null, 1000)`;
  await centre.work();
  expect(new Set(centre.removed.get(sales))).toEqual(
    new Set(Array.from({ length: 40 }, (_, n) => `u${n + 1}`)),
  );
  expect([there(), there(everyone)]).toEqual([60, 100]);
  expect(await teams()).toEqual({ Marketing: 40, Sales: 60 });
  expect(await counts(sales)).toMatchObject({ held: 0, pending: 0, synced: 60 });
});

/** Drains every site that is ready, and leaves the queue alone. */
async function drainAll(): Promise<void> {
  for (let site = await leaseOne(centre.port, 9); site; site = await leaseOne(centre.port, 9))
    await centre.drain(site, 100);
}

test("not even the first few are removed while the news of the others is in the queue", async () => {
  await start(600);
  await move(1, 600, "Marketing");
  await centre.sql`select sync_fan_out(1)`;
  await drainAll();
  expect(centre.removed.get(sales)).toEqual([]);
  await centre.work(100);
  expect(centre.removed.get(sales)).toEqual([]);
  expect(await centre.held(sales)).toBe(600);
});

test("a full sync removes nobody who is held, nor anybody before the news of it", async () => {
  await start(300);
  await move(1, 200, "Marketing");
  await centre.sql`select sync_all_start(null, 'test')`;
  await drainAll();
  expect([centre.removed.get(sales), await centre.held(sales)]).toEqual([[], 200]);
  await centre.work();
  for (const force of [false, true]) {
    await centre.sql`select request_sync_all(null, 'test', ${force})`;
    await centre.work();
  }
  expect([centre.removed.get(sales), await centre.held(sales)]).toEqual([[], 200]);
  expect(await centre.sql`select from sync_runs where finished_at is null`).toHaveLength(0);
});

test("few pass untouched, one by one within an hour they count together, with who left the list", async () => {
  await start(100);
  await move(1, 3, "Marketing");
  await centre.work();
  await centre.deactivate(4, 5);
  await centre.work();
  expect(there()).toBe(95);
  await move(6, 6, "Marketing");
  await centre.work();
  expect([there(), await centre.held(sales)]).toEqual([95, 1]);
  expect(there(everyone)).toBe(98);
});

test("whom a change of the scope leaves out goes at once, and what was held before stays held", async () => {
  await start(100);
  await centre.sql`update user_profiles set team = 'Other' where id in ('u91', 'u92', 'u93')`;
  await centre.work();
  await move(1, 40, "Marketing");
  await centre.work();
  const nobody = { all: [SALES, { field: "emailDomain", is: ["nowhere.com"] }] };
  const [preview] =
    await centre.sql`select scope_preview(${sales}, ${centre.sql.json(nobody)}) ->> 'removed' as removed`;
  expect(preview?.removed).toBe("57");
  await setScope(sales, nobody);
  await centre.work();
  expect([there(), await centre.held(sales)]).toEqual([40, 40]);
  // In the scope again, by another change of it: nothing is left to decide.
  await setScope(sales, null);
  await centre.work();
  expect([there(), await centre.held(sales)]).toEqual([100, 0]);
  expect(await centre.sql`select from site_removals where state = 'held'`).toHaveLength(0);
});

test("who is edited back into the scope is simply written, and the hold is over", async () => {
  await start(100);
  await move(1, 40, "Marketing");
  await centre.work();
  await centre.pass(120);
  await centre.sql`select sync_retry(null, null)`;
  await centre.work();
  expect([there(), await centre.held(sales)]).toEqual([100, 40]);
  await move(1, 40, "Sales");
  await centre.work();
  expect([there(), await centre.held(sales)]).toEqual([100, 0]);
  expect(await centre.sql`select from site_removals where state = 'held'`).toHaveLength(0);
});

test("who was given a third value since stays held with it, and is named; the others are put back", async () => {
  await start(100);
  await move(1, 40, "Marketing");
  await centre.sql`update user_profiles set full_name = 'Corrected' where id = 'u1'`;
  await move(2, 2, "Support");
  await centre.work();
  expect(await reject(sales)).toEqual({ restored: 39, conflicts: [], changed: ["u2"], last: null });
  await centre.work();
  expect(await teams()).toEqual({ Sales: 99, Support: 1 });
  expect([there(), await centre.held(sales)]).toEqual([100, 1]);
  const [one] = await centre.sql`select full_name from user_profiles where id = 'u1'`;
  expect(one?.full_name).toBe("Corrected");
});

test("a mistake that deactivates, deletes or re-creates users with another team is no way around it", async () => {
  await start(100);
  await centre.sql`update user_profiles set status = 'inactive', team = 'Marketing' where id in (select 'u' || n from generate_series(1, 20) n)`;
  await centre.sql`delete from user_profiles where id in (select 'u' || n from generate_series(21, 40) n)`;
  await centre.work();
  expect([there(), await centre.held(sales)]).toEqual([100, 40]);
  await centre.sql`update user_profiles set status = 'active' where status = 'inactive'`;
  await centre.sql`insert into user_profiles (id, email, team)
    select 'u' || n, 'u' || n || '@example.com', 'Marketing' from generate_series(21, 40) n`;
  await centre.work();
  expect([there(), await centre.held(sales)]).toEqual([100, 40]);
  expect(await reject()).toMatchObject({ restored: 40, changed: [] });
  await centre.work();

  await centre.deactivate(1, 20);
  await centre.sql`delete from user_profiles where status = 'inactive'`;
  await centre.sql`insert into user_profiles (id, email, team)
    select 'u' || n, 'u' || n || '@example.com', 'Marketing' from generate_series(1, 20) n`;
  await centre.work();
  expect([there(), await centre.held(sales)]).toEqual([100, 20]);
  expect(await reject()).toMatchObject({ restored: 20, changed: [] });
  await centre.work();
  expect([await teams(), there(), await centre.held(sales)]).toEqual([{ Sales: 100 }, 100, 0]);
});

test("a full sync of an endpoint with another address passes over who is held there, and ends", async () => {
  await centre.sql`update connected_sites set kind = 'webhook' where id = ${sales}`;
  await start(30);
  await move(1, 10, "Marketing");
  await centre.work();
  await centre.sql`update connected_sites set generation = generation + 1 where id = ${sales}`;
  await centre.sql`select sync_start_full('site', ${[sales]}::uuid[], 'test')`;
  await centre.work();
  expect(await centre.sql`select from sync_runs where finished_at is null`).toHaveLength(0);
  expect([there(), await centre.held(sales)]).toEqual([30, 10]);
  expect(await counts(sales)).toMatchObject({ held: 10, pending: 0, synced: 20 });
});

test("a held user's row keeps its address when another user wants it", async () => {
  await start(20);
  await move(1, 10, "Marketing");
  await centre.work();
  await centre.sql`update user_profiles set full_name = 'Other'`;
  await centre.port.fanOut();
  for (let site = await leaseOne(centre.port, 9); site; site = await leaseOne(centre.port, 9))
    if (site.id === sales) expect(await centre.port.displace(site, ["u1", "u11"])).toEqual(new Set(["u11"]));
});

test("without the guard they go, and so do they once it is switched off", async () => {
  await centre.sql`select site_set_removal_guard(${sales}, false, null, null)`;
  await start(100);
  await move(1, 20, "Marketing");
  await centre.work();
  expect(there()).toBe(80);
  await centre.sql`select site_set_removal_guard(${sales}, true, null, null)`;
  await move(21, 60, "Marketing");
  await centre.work();
  expect([there(), await centre.held(sales)]).toEqual([80, 40]);
  await centre.sql`select site_set_removal_guard(${sales}, false, null, null)`;
  await centre.work();
  expect([there(), await centre.held(sales)]).toEqual([40, 0]);
});
