import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { GET as exportLog } from "@/app/api/sync/log/export/route";
import { GET as log } from "@/app/api/sync/log/route";
import type { Page } from "@/lib/http/page";
import type { LogEntry } from "@/lib/runs/log-schema";
import { call, callJson } from "@/tests/app/api/call";
import { withIdleCentre } from "@/tests/app/api/idle-centre";

const { centre } = withIdleCentre();
const SITE = "7f3c2a9e-8d41-4b6a-9c05-2e1f4a6b8c90";

/** So many attempts, one a minute from the first of January on; every tenth failed. */
async function addEntries(count: number) {
  await centre().sql`
    insert into user_sync_log_rows (created_at, site_id, site, user_id, email, operation, trigger, status, error_code, error, attempt, duration_ms)
    select '2026-01-01T00:00:00Z'::timestamptz + make_interval(mins => n), ${SITE}, 'hrms', 'u' || n, '=u' || n || '@example.com',
      'upsert', 'change', case when n % 10 = 0 then 'failed' else 'success' end,
      case when n % 20 = 0 then 'conflict' when n % 10 = 0 then 'unreachable' end,
      case when n % 10 = 0 then 'No, "really"' end, 1, 5
    from generate_series(1, ${count}::int) n order by n`;
}

async function find(query: string): Promise<string[]> {
  const page = await callJson<Page<LogEntry>>(log, { path: `/api/sync/log?limit=500&${query}` });
  return page.items.map((entry) => entry.user_id);
}

const RUN = "0c9f5c51-2f0a-4d5b-9d53-6a1f0d1c7b11";

/** So many pages of a full sync, one a minute, of `size` users each: p000 and so on; every second user of the list. */
async function addPages(count: number, size: number) {
  await centre().sql`
    insert into user_sync_log_pages (created_at, run_id, site_id, site, users, user_ids, emails, attempts, duration_ms)
    select '2026-01-01T00:00:30Z'::timestamptz + make_interval(mins => n), ${RUN}, ${SITE}, 'hrms',
      user_id_range(min(id), max(id), '[]'), array_agg(id order by id), array_agg(id || '@example.com' order by id),
      array_agg(1), 7
    from (select n, 'p' || lpad((2 * ((n - 1) * ${size}::int + i))::text, 3, '0') as id
      from generate_series(1, ${count}::int) n, generate_series(0, ${size}::int - 1) i) users
    group by n order by n`;
}

test("a page of a full sync reads as an attempt for each of its users", async () => {
  await addEntries(1);
  await addPages(3, 4);
  const newest = ["p022", "p020", "p018", "p016"];
  const older = ["p014", "p012", "p010", "p008", "p006", "p004", "p002", "p000", "u1"];
  expect(await find("")).toEqual([...newest, ...older]);
  const { items } = await callJson<Page<LogEntry>>(log, { path: "/api/sync/log?userId=p010" });
  expect(items).toMatchObject([
    {
      run_id: RUN,
      site_id: SITE,
      site: "hrms",
      email: "p010@example.com",
      operation: "upsert",
      trigger: "full",
    },
  ]);
  expect(items).toMatchObject([{ status: "success", attempt: 1, duration_ms: 7, error_code: null }]);
  expect(await find("userId=p011")).toEqual([]);
  expect(await find(`runId=${RUN}&from=2026-01-01T00:03:00Z`)).toEqual(newest);
  expect(await find(`siteId=${SITE}&status=success&to=2026-01-01T00:01:31Z`)).toHaveLength(1 + 4);
  expect(await find("status=failed")).toEqual([]);
  await addEntries(1);
  expect(await find("")).toEqual(["u1", ...newest, ...older]);
});

test("pages are read a few attempts at a time without losing one", async () => {
  await addPages(3, 5);
  const all = await find("");
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const path = `/api/sync/log?limit=4${cursor ? `&cursor=${cursor}` : ""}`;
    const page: Page<LogEntry> = await callJson<Page<LogEntry>>(log, { path });
    seen.push(...page.items.map(({ user_id }) => user_id));
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(all);
  expect(new Set(seen).size).toBe(15);
  const { items } = await callJson<Page<LogEntry>>(log, { path: "/api/sync/log?limit=500" });
  expect(await find(`after=${items[7]?.id}`)).toEqual(all.slice(0, 7));
});

test("attempts are found by their cause", async () => {
  await addEntries(40);
  expect(await find("errorCode=conflict")).toEqual(["u40", "u20"]);
  expect(await find(`errorCode=unreachable&siteId=${SITE}&status=failed`)).toEqual(["u30", "u10"]);
  expect(await find("errorCode=conflict&status=success")).toEqual([]);
});

test("attempts are found by time to the very moment, however many there are", async () => {
  await addEntries(3000);
  expect(await find("from=2026-01-02T00:00:00Z&to=2026-01-02T00:03:00Z")).toEqual([
    "u1442",
    "u1441",
    "u1440",
  ]);
  expect(await find("to=2026-01-01T00:03:00Z")).toEqual(["u2", "u1"]);
  expect(await find("from=2026-01-03T01:59:30Z")).toEqual(["u3000"]);
  expect(await find("from=2027-01-01T00:00:00Z")).toEqual([]);
  expect(await find("to=2025-01-01T00:00:00Z")).toEqual([]);
});

test("what has come since an attempt is asked for by its id", async () => {
  await addEntries(5);
  const { items } = await callJson<Page<LogEntry>>(log, { path: "/api/sync/log" });
  expect(await find(`after=${items[2]?.id}`)).toEqual(["u5", "u4"]);
  expect(await callJson(log, { path: "/api/sync/log?after=x" })).toMatchObject({ status: 422 });
});

test("the export has every attempt that matches once, and no formula", async () => {
  await addEntries(2500);
  const response = await call(exportLog, { path: "/api/sync/log/export?status=failed" });
  expect(response.headers.get("content-disposition")).toBe('attachment; filename="log.csv"');
  const rows = parse<Record<string, string>>(await response.text(), { columns: true });
  expect(rows).toHaveLength(250);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(250);
  expect(rows[0]).toMatchObject({ user_id: "u2500", email: "'=u2500@example.com", error: 'No, "really"' });
  expect(rows[0]?.advice).toContain("Another row at the site");
  const all = await call(exportLog, { path: "/api/sync/log/export" });
  expect(parse(await all.text(), { columns: true })).toHaveLength(2500);
});

test("an export of nothing has the names of the columns", async () => {
  const response = await call(exportLog, { path: "/api/sync/log/export?errorCode=busy" });
  expect(await response.text()).toMatch(/^id,created_at,user_id,[a-z_,]+\n$/);
});
