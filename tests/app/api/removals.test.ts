import { beforeEach, describe, expect, test } from "vitest";
import { GET as audit } from "@/app/api/audit/route";
import { POST as approve } from "@/app/api/removals/approve/route";
import { POST as reject } from "@/app/api/removals/reject/route";
import { GET as removals } from "@/app/api/removals/route";
import { PATCH as patchSite } from "@/app/api/sites/[id]/route";
import { GET as why } from "@/app/api/sites/[id]/why/route";
import { GET as status } from "@/app/api/sync/status/route";
import { POST as importUsers } from "@/app/api/users/import/route";
import type { AuditEntry } from "@/lib/audit/schema";
import type { Page } from "@/lib/http/page";
import type { HeldRemoval, RemovalsApproved, RemovalsRejected } from "@/lib/removals/schema";
import type { PairState } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import type { ImportReport } from "@/lib/users/import-schema";
import { call, callJson, withCentre } from "@/tests/app/api/call";
import { memberSession } from "@/tests/app/api/people";
import { GuardedCentre } from "@/tests/support/removals/guarded-centre";

const centre = withCentre();
let world: GuardedCentre;
let hrms: string;
let cms: string;

beforeEach(async () => {
  await centre().sql`truncate connected_sites, user_sync_state, sync_tallies, site_removals cascade`;
  await centre().sql`delete from user_profiles`;
  await centre().sql`truncate pgmq.q_user_changes, user_departures, deleted_users, site_removals, audit_log`;
  world = new GuardedCentre(centre());
  hrms = await world.connectSite("hrms");
  cms = await world.connectSite("cms", "deactivate");
});

/** Deactivates users by one import, and gives some of them another name by the way. */
async function importLeavers(from: number, to: number): Promise<ImportReport> {
  const lines = Array.from(
    { length: to - from + 1 },
    (_, n) => `u${from + n},u${from + n}@example.com,Left ${from + n},inactive`,
  );
  return await callJson<ImportReport>(importUsers, {
    method: "POST",
    body: ["id,email,full_name,status", ...lines].join("\n"),
    headers: { "content-type": "text/csv" },
  });
}

const held = (query = "") =>
  callJson<Page<HeldRemoval>>(removals, { path: `/api/removals?state=held${query}` });
const decide = <T>(how: typeof approve, body: object) => callJson<T>(how, { method: "POST", body });

const list = async () =>
  await world.sql`select id, email, full_name, team, status, created_at from user_profiles order by id`;

describe("400 of 1,000 users deactivated by one import", () => {
  beforeEach(async () => {
    await world.addUsers(1, 1000);
    await world.work();
  });

  test("are held at every site: nothing is removed; rejected, everything is as before", async () => {
    const before = await list();
    expect(await importLeavers(1, 400)).toMatchObject({ updated: 400, rejected: [] });
    await world.work(100);
    expect([...world.removed.values()]).toEqual([[], []]);
    expect([world.rows.get(hrms)?.size, world.rows.get(cms)?.size]).toEqual([1000, 1000]);

    const rejected = await decide<RemovalsRejected>(reject, { expect: 800 });
    expect(rejected).toEqual({ restored: 400, conflicts: [], changed: [], more: false });
    await world.work();
    expect(await list()).toEqual(before);
    expect([...world.removed.values()]).toEqual([[], []]);
    expect(await held()).toEqual({ items: [], nextCursor: null });
    const [row] = await world.sql`select count(*)::int from user_sync_status where status <> 'synced'`;
    expect(row?.count).toBe(0);
  });

  test("are removed everywhere once that is approved, and not before", async () => {
    await importLeavers(1, 400);
    await world.work(100);
    expect(await decide<RemovalsApproved>(approve, { siteId: hrms })).toEqual({ approved: 400, more: false });
    await world.work();
    expect([world.rows.get(hrms)?.size, world.rows.get(cms)?.size]).toEqual([600, 1000]);
    expect(await decide<RemovalsApproved>(approve, {})).toEqual({ approved: 400, more: false });
    await world.work();
    expect([world.rows.get(hrms)?.size, world.rows.get(cms)?.size]).toEqual([600, 600]);
    expect([...world.removed.values()].map((ids) => ids.length)).toEqual([400, 400]);
  });
});

describe("removals that are held", () => {
  beforeEach(async () => {
    await world.addUsers(1, 20);
    await world.work();
    await world.deactivate(1, 9);
    await world.sql`delete from user_profiles where id = 'u10'`;
    await world.work();
  });

  test("are listed page by page, of one site, and found by name", async () => {
    const first = await held("&limit=15");
    expect(first.items).toHaveLength(15);
    const second = await held(`&limit=15&cursor=${first.nextCursor}`);
    expect(second.items).toHaveLength(5);
    expect(second.nextCursor).toBeNull();
    const pairs = new Set([...first.items, ...second.items].map(({ siteId, userId }) => siteId + userId));
    expect(pairs.size).toBe(20);
    expect((await held(`&siteId=${hrms}`)).items.map(({ site }) => site)).toEqual(Array(10).fill("hrms"));
    const [found] = (await held(`&siteId=${hrms}&search=NAME%2010`)).items;
    expect(found).toMatchObject({ userId: "u10", email: "u10@example.com", departure: "deleted" });
    expect((await held("&search=nobody")).items).toEqual([]);
  });

  test("say so wherever states are shown, with what to do", async () => {
    const path = `/api/sync/status?status=held&siteId=${hrms}`;
    const { items } = await callJson<Page<PairState>>(status, { path });
    expect(items).toHaveLength(10);
    expect(items[0]).toMatchObject({ error_code: "removal_held", retry_at: null });
    expect(items[0]?.advice).toContain("approve the removal, or reject it");
  });

  test("are decided user by user", async () => {
    expect(await decide(approve, { userIds: ["u1"], siteId: hrms })).toEqual({ approved: 1, more: false });
    expect(await decide(reject, { userIds: ["u2", "u11", "nobody"] })).toEqual({
      restored: 1,
      conflicts: [],
      changed: [],
      more: false,
    });
    await world.work();
    expect(world.removed.get(hrms)).toEqual(["u1"]);
    expect(await world.held(hrms)).toBe(8);
    expect(await world.held(cms)).toBe(9);
    expect(await world.sql`select id from user_profiles where id = 'u2' and status = 'active'`).toHaveLength(
      1,
    );
  });

  test("are not decided when another number is held than one thinks", async () => {
    const answer = await call(approve, { method: "POST", body: { siteId: hrms, expect: 9 } });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({
      detail: expect.stringContaining("Now 10 removals are held"),
    });
    expect(await world.held(hrms)).toBe(10);
  });

  test("are written down with who decided", async () => {
    await decide(approve, { siteId: hrms });
    await decide(reject, {});
    const owner = await memberSession(centre(), "owner");
    const { items } = await callJson<Page<AuditEntry>>(audit, {
      path: "/api/audit?limit=50",
      as: owner,
    });
    const decisions = items.filter(({ action }) => action.startsWith("removals."));
    expect(decisions).toMatchObject([
      { action: "removals.rejected", after: { users: 10 }, actor: { kind: "key" } },
      { action: "removals.approved", after: { users: 10 }, actor: { kind: "key" } },
    ]);
    const back = items.filter(({ id }) => Number(id) > Number(decisions[1]?.id) && id !== decisions[0]?.id);
    expect(back.map(({ action }) => action).sort()).toEqual([
      "member.added",
      "user.created",
      ...Array(9).fill("user.updated"),
    ]);
  });
});

test("users whom an import gives another team are held where the scope leaves them out, and rejected they have it back", async () => {
  await world.addUsers(1, 20);
  await world.sql`select site_set_scope(${hrms}, ${world.sql.json({ field: "team", is: ["Sales"] })})`;
  await world.work();
  const lines = Array.from({ length: 8 }, (_, n) => `u${n + 1},u${n + 1}@example.com,Marketing`);
  await callJson<ImportReport>(importUsers, {
    method: "POST",
    body: ["id,email,team", ...lines].join("\n"),
    headers: { "content-type": "text/csv" },
  });
  await world.work();
  const { items } = await held();
  expect(items).toHaveLength(8);
  expect(items[0]).toMatchObject({
    site: "hrms",
    departure: "left_scope",
    fields: [{ name: "team", before: "Sales", after: "Marketing" }],
  });
  const asked = { path: `/api/sites/${hrms}/why?userId=u1`, params: { id: hrms } };
  expect(await callJson(why, asked)).toMatchObject({
    inScope: false,
    status: "held",
    reason: expect.stringContaining("leave this site's scope"),
  });

  await world.sql`update user_profiles set team = 'Support' where id = 'u8'`;
  const answer = { restored: 7, conflicts: [], changed: ["u8"], more: false };
  expect(await decide<RemovalsRejected>(reject, { siteId: hrms })).toEqual(answer);
  await world.work();
  expect((await held()).items.map(({ userId }) => userId)).toEqual(["u8"]);
  expect([world.rows.get(hrms)?.size, world.removed.get(hrms)]).toEqual([20, []]);
  const history = await world.sql`
    select actor_kind, before ->> 'team' as before, after ->> 'team' as after
    from audit_log where action = 'user.updated' and target_id = 'u1' order by id`;
  expect(history).toEqual([
    { actor_kind: "key", before: "Sales", after: "Marketing" },
    { actor_kind: "key", before: "Marketing", after: "Sales" },
  ]);
});

test("a site's threshold is read and set, and what is set is written down", async () => {
  const set = (removalGuard: object) =>
    callJson<Site>(patchSite, { method: "PATCH", params: { id: hrms }, body: { removalGuard } });
  expect((await set({})).removalGuard).toEqual({ enabled: true, percent: 5, atLeast: 5 });
  expect((await set({ percent: 20 })).removalGuard).toEqual({ enabled: true, percent: 20, atLeast: 5 });
  expect((await set({ enabled: false, atLeast: 50 })).removalGuard).toEqual({
    enabled: false,
    percent: 20,
    atLeast: 50,
  });
  const wrong = await call(patchSite, {
    method: "PATCH",
    params: { id: hrms },
    body: { removalGuard: { percent: 101 } },
  });
  expect(wrong.status).toBe(422);
  const lines = await world.sql`
    select before ->> 'removal_guard' as before, after ->> 'removal_guard' as after from audit_log
    where action = 'site.updated' order by id`;
  expect(lines).toEqual([
    { before: "more than 5 users and 5 %", after: "more than 5 users and 20 %" },
    { before: "more than 5 users and 20 %", after: "off" },
  ]);
});
