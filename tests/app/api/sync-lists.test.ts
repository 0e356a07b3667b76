import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { GET as overview } from "@/app/api/overview/route";
import { POST as syncAll } from "@/app/api/sync/all-users/route";
import { GET as log } from "@/app/api/sync/log/route";
import { GET as status } from "@/app/api/sync/status/route";
import type { Page } from "@/lib/http/page";
import type { SyncAllStarted } from "@/lib/runs/request-schema";
import type { LogEntry, Overview, PairState } from "@/lib/runs/schema";
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

test("the log answers newest first, filtered by everything it can be filtered by", async () => {
  const [siteId, runId] = [randomUUID(), randomUUID()];
  await centre().sql`
    insert into user_sync_log (created_at, site_id, site, user_id, operation, trigger, status, attempt, duration_ms, run_id, error_code)
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
