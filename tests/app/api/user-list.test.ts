import { expect, test } from "vitest";
import { GET as history } from "@/app/api/sync/history/route";
import { POST as matrix } from "@/app/api/sync/matrix/route";
import { GET as status } from "@/app/api/sync/status/route";
import { POST as summarize } from "@/app/api/sync/summary/route";
import { GET as count } from "@/app/api/users/count/route";
import { GET as facets } from "@/app/api/users/facets/route";
import { GET as list } from "@/app/api/users/route";
import type { Page } from "@/lib/http/page";
import type { History, Matrix, Summaries } from "@/lib/runs/insight-schema";
import type { PairState } from "@/lib/runs/schema";
import type { UserCount, UserFacets } from "@/lib/users/list-schema";
import type { User } from "@/lib/users/schema";
import { callJson } from "@/tests/app/api/call";
import { withIdleCentre } from "@/tests/app/api/idle-centre";

const { centre, addSite } = withIdleCentre();

/** The ids of a query's users, followed to the last page. */
async function ids(query: string): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: Page<User> = await callJson(list, { path: `/api/users?${query}&limit=3&cursor=${cursor}` });
    found.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  return found;
}

/** Users u1 to u9, the last one inactive, whose names run backwards, and two sites. */
async function people() {
  await centre().sql`
    insert into user_profiles (id, email, full_name, role, team, department, status, created_at)
    select 'u' || n, 'mail' || n || '@example.com', case n when 5 then null else 'Name ' || (9 - n) end,
      case when n < 4 then 'admin' else 'user' end, 'T' || n % 2, case when n > 6 then 'HR' end,
      case n when 9 then 'inactive' else 'active' end, '2026-01-01'::timestamptz + make_interval(days => n)
    from generate_series(1, 9) n`;
  const hrms = await addSite("hrms");
  await centre().sql`select sync_fan_out(20)`;
  return hrms;
}

test.for([
  ["sort=-created_at", "987654321"],
  ["sort=created_at", "123456789"],
  ["sort=full_name", "598764321"], // who has no name is sorted by e-mail address
  ["sort=-email", "987654321"],
  ["sort=email&team=T1", "13579"],
  ["sort=email&role=admin&department=HR", ""],
  ["sort=email&department=HR&status=active", "78"],
  ["search=name%20", "98764321"],
  ["search=MA", "987654321"],
  ["search=ai", ""], // two characters begin a word
  ["search=ail7", "7"],
  ["search=U7", "7"],
] as const)("%s finds %s, over several pages", async ([query, expected]) => {
  await people();
  const found = await ids(query);
  expect(found).toEqual(Array.from(expected, (digit) => `u${digit}`));
});

test("users are found by their state at a site, and counted", async () => {
  const hrms = await people();
  const { sql } = centre();
  await sql`update user_sync_state set synced_version = desired_version, status = 'synced' where user_id in ('u1', 'u2')`;
  await sql`update user_sync_state set status = 'failed', error_code = 'conflict', due_at = 'infinity' where user_id = 'u3'`;
  expect(await ids("syncStatus=failed&sort=email")).toEqual(["u3"]);
  expect(await ids(`syncStatus=synced&siteId=${hrms}&sort=email`)).toEqual(["u1", "u2"]);
  expect(await ids("syncStatus=pending&sort=email&team=T0")).toEqual(["u4", "u6", "u8"]);
  const counted = async (query: string) =>
    await callJson<UserCount>(count, { path: `/api/users/count?${query}` });
  expect(await counted("syncStatus=failed")).toEqual({ users: 1, more: false });
  expect(await counted("role=user&search=mail")).toEqual({ users: 6, more: false });

  expect(await counted("role=user&search=mail&most=2")).toEqual({ users: 2, more: true });

  const summary = async (userIds: string[]) =>
    (await callJson<Summaries>(summarize, { method: "POST", body: { userIds } })).items;
  expect(await summary(["u1", "u3", "nobody"])).toEqual(
    expect.arrayContaining([
      { userId: "u1", states: { synced: 1 } },
      { userId: "u3", states: { failed: 1 } },
    ]),
  );

  const bare = await addSite("bare", false);
  expect(await summary(["u1"])).toEqual([{ userId: "u1", states: { synced: 1, failed: 1 } }]);
  expect(await ids("syncStatus=failed&sort=email")).toHaveLength(9);
  await sql`update connected_sites set health = 'blocked', error_code = 'table_missing' where id = ${hrms}`;
  expect(await ids(`syncStatus=failed&siteId=${hrms}&sort=email`)).toEqual([
    "u3",
    "u4",
    "u5",
    "u6",
    "u7",
    "u8",
    "u9",
  ]);
  const { items: rows } = await callJson<Matrix>(matrix, { method: "POST", body: { userIds: ["u1", "u3"] } });
  expect(rows.find(({ userId }) => userId === "u1")).toEqual({
    userId: "u1",
    states: { [hrms]: "synced", [bare]: "failed" },
    reasons: { [bare]: "credentials_missing" },
  });
});

test("pairs in a state are listed also of users who are gone, page by page", async () => {
  await people();
  const { sql } = centre();
  await sql`update user_sync_state set synced_version = desired_version, status = 'synced', written = true`;
  await sql`delete from user_profiles where id in ('u2', 'u4')`;
  await sql`select sync_fan_out(20)`;
  await sql`update user_sync_state set status = 'failed', due_at = 'infinity' where user_id in ('u2', 'u4')`;
  const first = await callJson<Page<PairState>>(status, { path: "/api/sync/status?status=failed&limit=1" });
  const second = await callJson<Page<PairState>>(status, {
    path: `/api/sync/status?status=failed&limit=1&cursor=${first.nextCursor}`,
  });
  expect([first, second].map(({ items }) => items.map(({ user_id }) => user_id))).toEqual([["u2"], ["u4"]]);
  expect(second.nextCursor).toBeNull();
});

test("the roles, teams and departments there are", async () => {
  await people();
  expect(await callJson<UserFacets>(facets)).toEqual({
    roles: ["admin", "user"],
    teams: ["T0", "T1"],
    departments: ["HR"],
  });
});

test("the history covers its window without gaps", async () => {
  const hrms = await people();
  await centre().sql`
    insert into user_sync_log_rows (site_id, site, user_id, operation, trigger, status, attempt, duration_ms, created_at)
    select ${hrms}, 'hrms', 'u1', 'upsert', 'change', case n when 1 then 'failed' else 'success' end, 1, 5,
      now() - make_interval(mins => n * 10) from generate_series(1, 4) n`;
  const { items: bars } = await callJson<History>(history, {
    path: `/api/sync/history?window=hour&siteId=${hrms}`,
  });
  expect(bars).toHaveLength(60);
  const sum = (key: "succeeded" | "failed") => bars.reduce((total, bar) => total + bar[key], 0);
  expect([sum("succeeded"), sum("failed")]).toEqual([3, 1]);
});

test("a time that is none keeps nobody off the pages, and can still be made newer", async () => {
  const { sql } = centre();
  await sql`
    insert into user_profiles (id, email, created_at, updated_at)
    select id, id || '@example.com', at::timestamptz, at::timestamptz from (
      values ('bc', '0044-01-01 BC'), ('inf', 'infinity'), ('late', '12000-01-01'), ('never', '-infinity'), ('now', 'now')) t(id, at)`;
  for (const sort of ["created_at", "-created_at"]) {
    const query = `/api/users?sort=${sort}&limit=1&cursor=`;
    const found: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: Page<User> = await callJson(list, { path: query + cursor });
      found.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(found.sort()).toEqual(["bc", "inf", "late", "never", "now"]);
  }
  const [inf] = await sql`
    with old as (select updated_at from user_profiles where id = 'inf')
    update user_profiles u set team = 'T' from old where id = 'inf' returning u.updated_at > old.updated_at as newer`;
  expect(inf).toEqual({ newer: true });
});
