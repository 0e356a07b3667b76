import { afterEach, beforeEach, expect, test } from "vitest";
import { createCentre as createCentrePort } from "@/lib/sync/adapters/centre";
import { createJobCentre } from "@/lib/sync/adapters/job-centre";
import { createPlanCentre } from "@/lib/sync/adapters/plan-centre";
import { createTakeOverCentre } from "@/lib/sync/adapters/take-over-centre";
import { createVerifyCentre } from "@/lib/sync/adapters/verify-centre";
import { createCentre, type TestProject } from "@/tests/support/stack";

let centre: TestProject;
let siteId: string;
beforeEach(async () => {
  centre = await createCentre();
  const [row] = await centre.sql`
    insert into connected_sites (name, url) values ('hrms', 'https://site.example') returning id`;
  siteId = String(row?.id);
  await centre.sql`select site_set_credentials(${siteId}, 'https://site.example', 'sealed', 'last')`;
  await centre.sql`update connected_sites set take_over = null`; // as if it had been looked at
});
afterEach(async () => await centre.close());

const sideWork = async () =>
  (await createCentrePort(centre.url, centre.secretKey, "test").fanOut()).side ?? [];

const makePlan = async () => {
  const [row] = await centre.sql`select plan_create('sync_all', '{}', 'ada') as made`;
  await centre.sql`select plan_start(${row?.made.id}, null)`;
};

test.each([
  {
    work: "verify",
    begin: () => centre.sql`select request_verify(${siteId}, false)`,
    lease: () => createVerifyCentre(centre.url, centre.secretKey, "test").lease(),
  },
  {
    work: "verify",
    begin: () => centre.sql`
      update connected_sites set last_synced_at = now(), created_at = now() - interval '1 day'`,
    lease: () => createVerifyCentre(centre.url, centre.secretKey, "test").lease(),
  },
  {
    work: "take_over",
    begin: () => centre.sql`select request_take_over_scan(${siteId})`,
    lease: () => createTakeOverCentre(centre.url, centre.secretKey, "test").lease(),
  },
  { work: "plan", begin: makePlan, lease: () => createPlanCentre(centre.url, centre.secretKey).lease() },
  {
    work: "job",
    begin: () => centre.sql`select user_job_create(null, '{}', '{"team": "Engines"}', 0)`,
    lease: () => createJobCentre(centre.url, centre.secretKey).lease(),
  },
])(
  "an idle worker hears of $work with its one question, and asks for it once",
  async ({ work, begin, lease }) => {
    expect(await sideWork()).toEqual([]);
    expect(await lease()).toBeNull();
    await begin();
    expect(await sideWork()).toEqual([work]);
    expect(await lease()).not.toBeNull();
    expect(await sideWork()).toEqual([]);
  },
);
