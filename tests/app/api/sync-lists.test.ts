import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { GET as overview } from "@/app/api/overview/route";
import { POST as syncAll } from "@/app/api/sync/all-users/route";
import { GET as log } from "@/app/api/sync/log/route";
import { GET as people } from "@/app/api/sync/people/route";
import { GET as status } from "@/app/api/sync/status/route";
import type { Page } from "@/lib/http/page";
import type { Person } from "@/lib/runs/insight-schema";
import type { LogEntry } from "@/lib/runs/log-schema";
import type { SyncAllStarted } from "@/lib/runs/request-schema";
import type { Overview, PairState } from "@/lib/runs/schema";
import { callJson } from "@/tests/app/api/call";
import { CREDENTIALS_MISSING, withIdleCentre } from "@/tests/app/api/idle-centre";

const { centre, addUsers, addSite } = withIdleCentre();

test("the status lists every user at every site once, filtered and page by page", async () => {
  await addUsers(5);
  const [hrms] = [await addSite("hrms"), await addSite("bare", false)];
  const seen: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: Page<PairState> = await callJson(status, {
      path: `/api/sync/status?limit=3&cursor=${cursor}`,
    });
    seen.push(...page.items.map((pair) => `${pair.user_id} ${pair.site}`));
    cursor = page.nextCursor;
  }
  expect(new Set(seen).size).toBe(10);
  expect(seen).toHaveLength(10);
  const find = async (query: string) =>
    (await callJson<Page<PairState>>(status, { path: `/api/sync/status?${query}` })).items;
  expect(await find(`siteId=${hrms}&search=U3%40example`)).toMatchObject([
    { user_id: "u3", status: "pending" },
  ]);
  expect(await find("status=failed&userId=u2")).toMatchObject([
    { site: "bare", error: CREDENTIALS_MISSING, retry_at: null },
  ]);
});

test("what was synced waits from the moment on at which it is changed, before any worker has heard of it", async () => {
  await addUsers(3);
  await addSite("hrms");
  const { sql } = centre();
  await sql`select sync_fan_out(20)`;
  await sql`
    update user_sync_state p set status = 'synced', synced_version = desired_version, synced_at = now(),
      row_updated_at = (select updated_at from user_profiles u where u.id = p.user_id)`;
  const states = async () =>
    (await callJson<Page<PairState>>(status, { path: "/api/sync/status" })).items.map((pair) => pair.status);
  expect(await states()).toEqual(["synced", "synced", "synced"]);
  await sql`update user_profiles set team = 'T' where id = 'u1'`;
  await sql`delete from user_profiles where id = 'u2'`;
  expect(await states()).toEqual(["pending", "pending", "synced"]);
  const [waiting] = await sql`
    select v.retry_at, v.waiting_since = u.updated_at as since from user_sync_status v join user_profiles u on u.id = v.user_id
    where u.id = 'u1'`;
  expect(waiting).toEqual({ retry_at: null, since: true });
});

test("the people of the matrix come page by page, by name, or those in a state at any of several sites", async () => {
  await addUsers(4);
  const [hrms, cms, bare] = [await addSite("hrms"), await addSite("cms"), await addSite("bare", false)];
  await centre()
    .sql`update user_profiles set full_name = case id when 'u4' then 'Ada' when 'u2' then 'Zoë' end`;
  await centre().sql`select sync_fan_out(20)`;
  await centre().sql`
    update user_sync_state set status = 'failed', error_code = 'conflict' where (user_id, site_id) in (('u1', ${hrms}), ('u3', ${cms}))`;
  const find = async (query: string) =>
    await callJson<Page<Person>>(people, { path: `/api/sync/people?${query}` });
  const ids = async (query: string) => (await find(query)).items.map(({ user_id }) => user_id);
  expect(await ids("")).toEqual(["u4", "u1", "u3", "u2"]);
  const first = await find("limit=3");
  expect(await ids(`limit=3&cursor=${first.nextCursor}`)).toEqual(["u2"]);
  expect(await ids(`status=failed&siteIds=${hrms},${cms}`)).toEqual(["u1", "u3"]);
  expect(await ids(`status=failed&siteIds=${cms}`)).toEqual(["u3"]);
  expect(await ids(`status=failed&siteIds=${cms}&search=u1`)).toEqual([]);
  expect(await ids(`status=failed&siteIds=${bare}`)).toEqual(["u1", "u2", "u3", "u4"]);
  const failing = await find(`status=failed&siteIds=${hrms},${cms}&limit=1`);
  expect(await ids(`status=failed&siteIds=${hrms},${cms}&limit=1&cursor=${failing.nextCursor}`)).toEqual([
    "u3",
  ]);
  expect(await ids("status=pending")).toEqual(["u1", "u2", "u3", "u4"]);
  expect(await ids("status=kept")).toEqual([]);
  expect(await ids("search=zo")).toEqual(["u2"]);
});

test("a user whose row is gone is among the people while a site has not been told", async () => {
  await addUsers(1);
  await addSite("hrms");
  await centre().sql`select sync_fan_out(20)`;
  await centre().sql`delete from user_profiles`;
  await centre().sql`select sync_fan_out(20)`;
  const find = (query: string) => callJson<Page<Person>>(people, { path: `/api/sync/people?${query}` });
  expect(await find("status=pending")).toMatchObject({ items: [{ user_id: "u1", status: "deleted" }] });
  expect(await find("")).toMatchObject({ items: [] });
});

test("the log answers newest first, filtered by everything it can be filtered by", async () => {
  const [siteId, runId] = [randomUUID(), randomUUID()];
  await centre().sql`
    insert into user_sync_log_rows (created_at, site_id, site, user_id, operation, trigger, status, attempt, duration_ms, run_id, error_code)
    select '2026-01-01T00:00:00Z'::timestamptz + make_interval(days => n), ${siteId}, 'hrms', 'u' || n, 'upsert', 'change',
      case n when 3 then 'failed' else 'success' end, 1, 5, case n when 2 then ${runId}::uuid end,
      case n when 3 then 'table_missing' end
    from generate_series(1, 4) n`;
  const find = async (query: string) => {
    const page = await callJson<Page<LogEntry>>(log, { path: `/api/sync/log?${query}` });
    return page.items.map((entry) => entry.user_id);
  };
  expect(await find("")).toEqual(["u4", "u3", "u2", "u1"]);
  expect(await find(`siteId=${siteId}&status=failed`)).toEqual(["u3"]);
  expect(await find(`runId=${runId}`)).toEqual(["u2"]);
  expect(await find("userId=u1")).toEqual(["u1"]);
  expect(await find("from=2026-01-03T00:00:00Z&to=2026-01-05T00:00:00%2B00:00")).toEqual(["u3", "u2"]);
  const first = await callJson<Page<LogEntry>>(log, { path: "/api/sync/log?limit=3" });
  expect(await find(`limit=3&cursor=${first.nextCursor}`)).toEqual(["u1"]);
  expect(first.items[1]?.advice).toContain("SQL");
});

test("the overview counts, and shows the run that is under way", async () => {
  await addUsers(2);
  await addSite("hrms");
  const { runId } = await callJson<SyncAllStarted>(syncAll, { method: "POST" });
  const counts = await callJson<Overview>(overview);
  expect(counts).toMatchObject({
    users: { active: 2, inactive: 0 },
    sites: [{ site: "hrms", pending: 2, synced: 0 }],
    run: { id: runId, total: 2 },
  });
  expect(counts).not.toHaveProperty("runId");
});
