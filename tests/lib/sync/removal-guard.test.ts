import { afterEach, beforeEach, expect, test } from "vitest";
import { leaseOne } from "@/tests/support/lease-one";
import { GuardedCentre } from "@/tests/support/removals/guarded-centre";

let centre: GuardedCentre;
let hrms: string;

beforeEach(async () => {
  centre = await GuardedCentre.create();
  hrms = await centre.connectSite("hrms");
});
afterEach(() => centre.close());

const there = (site = hrms) => centre.rows.get(site)?.size;

async function start(users: number): Promise<void> {
  await centre.addUsers(1, users);
  await centre.work();
}

test("400 of 1,000 users deactivated by one statement are held at every site, and nothing is removed", async () => {
  const cms = await centre.connectSite("cms", "deactivate");
  await start(1000);
  await centre.deactivate(1, 400);
  await centre.work(50);
  expect([there(), there(cms)]).toEqual([1000, 1000]);
  expect([await centre.held(hrms), await centre.held(cms)]).toEqual([400, 400]);
});

test("not even the first few are removed when the news of them comes piece by piece", async () => {
  await start(1000);
  await centre.deactivate(1, 1000);
  // One message of 500 users is fanned out, the other one waits in the queue.
  await centre.sql`select sync_fan_out(1)`;
  const site = await leaseOne(centre.port, 9);
  if (!site) throw new Error("Nothing is ready");
  await centre.drain(site, 10);
  expect(centre.removed.get(hrms)).toEqual([]);
  await centre.work(10);
  expect(centre.removed.get(hrms)).toEqual([]);
  expect(await centre.held(hrms)).toBe(1000);
});

test("5 % go, one more is held", async () => {
  await start(1000);
  await centre.deactivate(1, 50);
  await centre.work();
  expect(there()).toBe(950);
  await centre.deactivate(51, 51);
  await centre.work();
  expect(there()).toBe(950);
  expect(await centre.held(hrms)).toBe(1);
});

test("exactly 51 of 1,000 at once are held, all of them", async () => {
  await start(1000);
  await centre.deactivate(1, 51);
  await centre.work(10);
  expect(there()).toBe(1000);
  expect(await centre.held(hrms)).toBe(51);
});

test("a small site may lose five users in an hour, and the sixth waits", async () => {
  await start(20);
  for (let n = 1; n <= 6; n++) {
    await centre.deactivate(n, n);
    await centre.work();
  }
  expect(centre.removed.get(hrms)).toEqual(["u1", "u2", "u3", "u4", "u5"]);
  expect(await centre.held(hrms)).toBe(1);
});

test("a slow trickle passes", async () => {
  await start(20);
  for (let n = 1; n <= 12; n++) {
    await centre.deactivate(n, n);
    await centre.work();
    await centre.pass(15);
  }
  expect(there()).toBe(8);
});

test("everything else goes on while removals are held, and a removal an hour later too", async () => {
  await start(100);
  await centre.deactivate(1, 40);
  await centre.work();
  await centre.addUsers(101, 110);
  await centre.work();
  expect(there()).toBe(110);
  await centre.pass(61);
  await centre.deactivate(50, 50);
  await centre.work();
  expect(centre.removed.get(hrms)).toEqual(["u50"]);
  expect(await centre.held(hrms)).toBe(40);
});

test("what is held stays held when it is edited, retried, and an hour later", async () => {
  await start(100);
  await centre.deactivate(1, 40);
  await centre.work();
  await centre.pass(120);
  await centre.sql`update user_profiles set team = 'Other' where id = 'u1'`;
  await centre.sql`select sync_retry(null, null)`;
  await centre.sql`select sync_user_start('u2', 'test')`;
  await centre.work(1);
  expect(there()).toBe(100);
  expect(await centre.held(hrms)).toBe(40);
  expect(await centre.sql`select from sync_runs where finished_at is null`).toHaveLength(0);
});

test("a held user who becomes active again is simply written, and does not count any more", async () => {
  await start(100);
  await centre.deactivate(1, 40);
  await centre.work();
  await centre.sql`update user_profiles set status = 'active' where status = 'inactive'`;
  await centre.work();
  expect(await centre.held(hrms)).toBe(0);
  await centre.deactivate(50, 54);
  await centre.work();
  expect(there()).toBe(95);
});

test("approved removals go, and nobody is asked about them again", async () => {
  await start(100);
  await centre.deactivate(1, 40);
  await centre.work();
  const [approved] = await centre.sql`select removals_approve(${hrms}, ${["u1", "u2"]}, 1000) as pairs`;
  expect(approved?.pairs).toBe(2);
  // The worker that takes them dies before it can tell: they are sent again.
  await centre.port.fanOut();
  const site = await leaseOne(centre.port, 9);
  if (!site) throw new Error("Nothing is ready");
  expect((await centre.port.claim(site, 10)).kind).toBe("batch");
  await centre.sql`update connected_sites set lease_until = now()`;
  await centre.work();
  expect(centre.removed.get(hrms)).toEqual(["u1", "u2"]);
  expect(await centre.held(hrms)).toBe(38);
  await centre.sql`select removals_approve(null, null, 1000)`;
  await centre.work();
  expect(there()).toBe(60);
  expect(await centre.held(hrms)).toBe(0);
  // They do not count: five more may go.
  await centre.deactivate(50, 54);
  await centre.work();
  expect(there()).toBe(55);
});

test("an approval holds for one departure: who came back and leaves again is judged anew", async () => {
  await start(100);
  await centre.deactivate(1, 40);
  await centre.work();
  await centre.sql`update connected_sites set status = 'paused'`;
  await centre.sql`select removals_approve(null, null, 1000)`;
  await centre.sql`update user_profiles set status = 'active' where status = 'inactive'`;
  await centre.deactivate(1, 40);
  await centre.sql`update connected_sites set status = 'active'`;
  await centre.work();
  expect(there()).toBe(100);
  expect(await centre.held(hrms)).toBe(40);
});

test("rejecting puts users back as they were, also deleted ones, and leaves alone what was edited since", async () => {
  await start(100);
  const before = await centre.sql`
    select id, clerk_user_id, email, full_name, role, team, department, status, created_at from user_profiles order by id`;
  await centre.sql`update user_profiles set status = 'inactive', team = null, full_name = 'Gone' where id in ('u1', 'u2')`;
  await centre.sql`delete from user_profiles where id like 'u3%'`;
  await centre.deactivate(40, 60);
  await centre.work();
  expect(await centre.held(hrms)).toBe(34);
  await centre.sql`update user_profiles set full_name = 'Corrected' where id = 'u2'`;
  const [answer] = await centre.sql`select removals_reject(null, null, null, 1000) as rejected`;
  expect(answer?.rejected).toEqual({ restored: 34, conflicts: [], changed: [], last: null });
  await centre.work();
  const after = await centre.sql`
    select id, clerk_user_id, email, full_name, role, team, department, status, created_at from user_profiles order by id`;
  expect(after).toEqual(before.map((row) => (row.id === "u2" ? { ...row, full_name: "Corrected" } : row)));
  expect(there()).toBe(100);
  expect(await centre.held(hrms)).toBe(0);
  expect(centre.removed.get(hrms)).toEqual([]);
});

test("who cannot come back because the address is another user's by now is named, and the others come back", async () => {
  await start(20);
  await centre.sql`delete from user_profiles where id in ('u1', 'u2', 'u3', 'u4', 'u5', 'u6')`;
  await centre.sql`insert into user_profiles (id, email) values ('new', 'U3@example.com')`;
  await centre.work();
  const [answer] = await centre.sql`select removals_reject(${hrms}, null, null, 1000) as rejected`;
  expect(answer?.rejected).toEqual({ restored: 5, conflicts: ["u3"], changed: [], last: null });
  expect(await centre.sql`select id from user_profiles where id like 'u_' and id <= 'u6'`).toHaveLength(5);
});

test("a held user's row keeps its address when another user wants it", async () => {
  await start(20);
  await centre.deactivate(1, 10);
  await centre.port.fanOut();
  const site = await leaseOne(centre.port, 9);
  if (!site) throw new Error("Nothing is ready");
  expect(await centre.port.displace(site, ["u1", "u11"])).toEqual(new Set(["u11"]));
});

test("a site that keeps rows holds nothing, one without the guard neither, and switching it off lets go", async () => {
  const keeps = await centre.connectSite("keeps", "keep");
  const off = await centre.connectSite("off");
  await centre.sql`select site_set_removal_guard(${off}, false, null, null)`;
  await start(20);
  await centre.deactivate(1, 10);
  await centre.work();
  expect([await centre.held(hrms), await centre.held(keeps), await centre.held(off)]).toEqual([10, 0, 0]);
  expect([there(), there(keeps), there(off)]).toEqual([20, 20, 10]);
  await centre.sql`select site_set_removal_guard(${hrms}, false, null, null)`;
  await centre.work();
  expect(there()).toBe(10);
  expect(await centre.held(hrms)).toBe(0);
});

test("a site that is disconnected with its rows holds nothing back: somebody said so", async () => {
  await start(20);
  await centre.deactivate(1, 10);
  await centre.work();
  expect(await centre.held(hrms)).toBe(10);
  await centre.sql`select site_disconnect_removing(${hrms})`;
  await centre.work();
  expect(there()).toBe(0);
  expect(await centre.sql`select from site_removals`).toHaveLength(0);
  expect(await centre.sql`select from connected_sites where disconnected_at is null`).toHaveLength(0);
});

test("a threshold set later holds from then on", async () => {
  await centre.sql`select site_set_removal_guard(${hrms}, null, 50, 0)`;
  await start(20);
  await centre.deactivate(1, 10);
  await centre.work();
  expect(there()).toBe(10);
  await centre.sql`select site_set_removal_guard(${hrms}, null, 0, 0)`;
  await centre.deactivate(11, 11);
  await centre.work();
  expect(await centre.held(hrms)).toBe(1);
});

test("a new removal policy is applied to those who left before, as its dialog says", async () => {
  const keeps = await centre.connectSite("keeps", "keep");
  await centre.sql`select site_set_removal_guard(${hrms}, false, null, null)`;
  await start(20);
  await centre.deactivate(1, 10);
  await centre.work();
  await centre.sql`select site_set_removal(${keeps}, 'delete', null)`;
  await centre.work();
  expect(there(keeps)).toBe(10);
  await centre.deactivate(11, 16);
  await centre.work();
  expect(await centre.held(keeps)).toBe(6);
});

test("editing users who are deactivated at a site counts for nothing", async () => {
  const marks = await centre.connectSite("marks", "deactivate");
  await centre.sql`select site_set_removal_guard(${marks}, null, 100, null)`;
  await start(20);
  await centre.deactivate(1, 10);
  await centre.work();
  await centre.sql`select site_set_removal_guard(${marks}, null, 5, null)`;
  await centre.pass(61);
  await centre.sql`update user_profiles set team = 'Other' where status = 'inactive'`;
  await centre.work();
  expect(await centre.held(marks)).toBe(0);
  expect(centre.removed.get(marks)).toHaveLength(20);
});

test("two claims at once do not both pass", async () => {
  await start(100);
  await centre.deactivate(1, 5);
  await centre.port.fanOut();
  const site = await leaseOne(centre.port, 9);
  if (!site) throw new Error("Nothing is ready");
  const first = await centre.port.claim(site, 100);
  await centre.deactivate(6, 6);
  await centre.port.fanOut();
  expect((await centre.port.claim(site, 100)).kind).toBe("empty");
  if (first.kind !== "batch") throw new Error("There is no batch");
  await centre.port.settle(site, first.claimId, centre.deliver(site, first), null);
  await centre.drain(site, 100);
  await centre.work();
  expect(there()).toBe(95);
  expect(await centre.held(hrms)).toBe(1);
});

test("a departure that commits between the guard's look and the claim is seen by the claim itself", async () => {
  await start(100);
  await centre.sql`update user_profiles set team = 'Other'`;
  await centre.port.fanOut(); // everybody is dirty as active
  const site = await leaseOne(centre.port, 9);
  if (!site) throw new Error("Nothing is ready");
  await centre.deactivate(1, 100); // and nobody was told yet
  await centre.drain(site, 30);
  await centre.work(30);
  expect(there()).toBe(100);
  expect(await centre.held(hrms)).toBe(100);
});

test("tallies agree with the states, and the overview counts what is held apart from what waits", async () => {
  await start(100);
  await centre.deactivate(1, 40);
  await centre.work();
  const [row] = await centre.sql`select sync_overview() -> 'sites' -> 0 as site`;
  expect(row?.site).toMatchObject({ held: 40, pending: 0, synced: 60, failed: 0, oldestPendingAt: null });
});

test("who leaves while a site is away that never had them is no failure there, but who has a row there is", async () => {
  await start(1);
  await centre.sql`update connected_sites set health = 'blocked', retry_at = 'infinity',
    lease_until = now() - interval '1 minute'`;
  await centre.addUsers(2, 5);
  await centre.work();
  // u4 is in a batch whose worker died: it may have landed.
  await centre.sql`insert into sync_claims (id, site_id, lease_id, user_ids, versions, upserts, triggers, attempts, run_ids, row_times, emails)
    values (gen_random_uuid(), ${hrms}, gen_random_uuid(), '{u4}', '{1}', '{true}', '{change}', '{1}', '{null}', '{now}', '{null}')`;
  await centre.deactivate(1, 2);
  await centre.deactivate(4, 4);
  await centre.sql`delete from user_profiles where id = 'u3'`;
  await centre.work();
  const states = async () =>
    (await centre.sql`select user_id || ' ' || status as state from user_sync_status order by 1`).map(
      ({ state }) => state,
    );
  expect(await states()).toEqual(["u1 failed", "u2 removed", "u4 failed", "u5 failed"]);
  const [counts] = await centre.sql`select failed::int, removed::int from sync_site_counts()`;
  expect(counts).toEqual({ failed: 3, removed: 1 });

  await centre.sql`update user_profiles set status = 'active' where id = 'u2'`;
  await centre.sql`select request_retry(null, ${hrms})`;
  await centre.sql`update connected_sites set health = 'ok'`;
  await centre.work();
  expect(await states()).toEqual(["u1 removed", "u2 synced", "u4 removed", "u5 synced"]);
  expect(centre.removed.get(hrms)?.toSorted()).toEqual(["u1", "u4"]);
});

test("with a hundred sites as many users are put back at once as a statement can bear, and then the others", async () => {
  await start(400);
  await centre.deactivate(1, 310);
  await centre.work();
  await centre.sql`insert into connected_sites (name, url)
    select 'site ' || n, 'https://site.example' from generate_series(1, 99) n`;
  const reject = async (after: string | null) =>
    (await centre.sql`select removals_reject(null, null, ${after}, 2000) as answer`)[0]?.answer;
  const first = await reject(null);
  expect(first).toMatchObject({ restored: 300, last: expect.any(String) });
  expect(await centre.held(hrms)).toBe(10);
  expect(await reject(first.last)).toMatchObject({ restored: 10, last: null });
  expect(await centre.held(hrms)).toBe(0);
});

test("who leaves is not looked for among everybody who ever left", async () => {
  await start(3000);
  await centre.sql`select site_set_removal_guard(${hrms}, false, null, null)`;
  await centre.deactivate(1, 2000);
  await centre.work();
  await centre.sql`select site_set_removal_guard(${hrms}, true, null, null)`;
  await centre.deactivate(2001, 2001);
  await centre.port.fanOut();
  const read = await centre.sql.begin(async (sql) => {
    const found = await sql`
      select user_id from connected_sites s, sync_removals_undecided(s) where s.id = ${hrms}`;
    expect(found.map(({ user_id }) => user_id)).toEqual(["u2001"]);
    const [row] = await sql`
      select sum(seq_tup_read + idx_tup_fetch)::int as rows from pg_stat_xact_user_tables
      where relname in ('user_departures', 'user_sync_state')`;
    return Number(row?.rows);
  });
  expect(read).toBeLessThan(50);
});
