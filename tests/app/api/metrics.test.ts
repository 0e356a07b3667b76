import { randomBytes } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import { GET as metrics } from "@/app/api/metrics/route";
import { GET as users } from "@/app/api/users/route";
import { createApiKey } from "@/lib/access/api-key";
import { exposition } from "@/lib/metrics/exposition";
import { addKey, call, withCentre } from "@/tests/app/api/call";
import { GuardedCentre } from "@/tests/support/removals/guarded-centre";

const centre = withCentre();
let world: GuardedCentre;
let hrms: string;

beforeEach(async () => {
  await centre()
    .sql`truncate connected_sites, user_sync_state, sync_tallies, user_sync_log_rows, user_sync_log_pages, sync_minutes, site_removals cascade`;
  await centre().sql`delete from user_profiles`;
  world = new GuardedCentre(centre());
  hrms = await world.connectSite('quoted "hrms"');
});

/** The samples by name and labels. */
async function scrape(): Promise<Map<string, number>> {
  const answer = await call(metrics);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const lines = (await answer.text()).trimEnd().split("\n");
  const samples = lines.filter((line) => !line.startsWith("#"));
  return new Map(
    samples.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

const SITE = 'site="quoted \\"hrms\\""';

test("the metrics count users, pairs by state, failures by kind, queue, throughput and workers", async () => {
  await world.addUsers(1, 20);
  await world.work();
  await world.deactivate(1, 10);
  await world.work();
  await world.addUsers(21, 23);
  await world.sql`select worker_beat('one', 30)`;
  await world.sql`update user_sync_state set status = 'failed', error_code = 'value_refused',
    desired_version = synced_version + 1 where user_id = 'u20'`;
  await world.sql`update sync_minutes set minute = date_trunc('minute', now()) - interval '2 minutes'`;
  const samples = await scrape();
  const expected = {
    'roster_users{status="active"}': 13,
    'roster_users{status="inactive"}': 10,
    [`roster_pairs{${SITE},state="synced"}`]: 9,
    [`roster_pairs{${SITE},state="held"}`]: 10,
    [`roster_pairs{${SITE},state="failed"}`]: 1,
    [`roster_pairs{${SITE},state="pending"}`]: 3,
    [`roster_failures{${SITE},code="value_refused"}`]: 1,
    [`roster_site_health{${SITE},health="ok"}`]: 1,
    [`roster_site_leased{${SITE}}`]: 0,
    [`roster_attempts_per_minute{${SITE},result="success"}`]: 4,
    roster_queue_changes: 3,
    roster_workers: 1,
    'roster_alerts{kind="no_worker"}': 0,
  };
  for (const [name, value] of Object.entries(expected))
    expect([name, samples.get(name)]).toEqual([name, value]);
  expect(samples.get("roster_queue_age_seconds")).toBeGreaterThan(0);
});

test("lag is the age of the oldest change that waits for a site, and held removals are none", async () => {
  await world.addUsers(1, 20);
  await world.work();
  await world.deactivate(1, 10);
  await world.work();
  expect((await scrape()).get(`roster_lag_seconds{${SITE}}`)).toBe(0);
  await world.sql`update user_sync_state set status = 'pending', desired_version = synced_version + 1,
    wanted_at = now() - interval '90 seconds' where site_id = ${hrms} and user_id = 'u20'`;
  const lag = (await scrape()).get(`roster_lag_seconds{${SITE}}`);
  expect(lag).toBeGreaterThan(89);
  expect(lag).toBeLessThan(100);
});

test("a key that may read metrics may read nothing else, and others may not read them", async () => {
  const key = createApiKey();
  await addKey(centre(), key, ["metrics:read"]);
  const as = { authorization: `Bearer ${key}` };
  expect((await call(metrics, { as })).status).toBe(200);
  expect((await call(users, { as })).status).toBe(403);
  const other = createApiKey();
  await addKey(centre(), other, ["users:read", "sync:read"]);
  expect((await call(metrics, { as: { authorization: `Bearer ${other}` } })).status).toBe(403);
});

test("labels and help may hold anything", () => {
  const odd = `a"b\\c\n${randomBytes(2).toString("hex")}`;
  const text = exposition([
    { name: "n", help: "x\\y\nz", samples: [{ labels: { odd }, value: 1.5 }, { value: 0 }] },
  ]);
  expect(text).toBe(`# HELP n x\\\\y\\nz\n# TYPE n gauge\nn{odd="a\\"b\\\\c\\n${odd.slice(-4)}"} 1.5\nn 0\n`);
});
