import { afterEach, beforeEach, expect, test } from "vitest";
import { createCentre as createCentrePort } from "@/lib/sync/adapters/centre";
import { connect } from "@/supabase/local/database";
import { until } from "@/tests/support/faults/truth";
import { leaseOne } from "@/tests/support/lease-one";
import { createCentre, type TestProject } from "@/tests/support/stack";

let project: TestProject;

beforeEach(async () => {
  project = await createCentre();
});

afterEach(async () => await project.close());

test("a change that is fanned out while a claim waits for a lock is not taken for the row the site has", async () => {
  const { sql } = project;
  const centre = createCentrePort(project.url, project.secretKey, "test");
  const [site] = await sql`
    insert into connected_sites (name, url, inspected_at) values ('one', 'http://127.0.0.1', 'infinity') returning id`;
  await sql`select site_set_credentials(${site?.id}, 'http://127.0.0.1', 'key', 'last')`;
  await sql`insert into user_profiles (id, email) values ('a', 'a@example.com'), ('m', 'm@example.com')`;
  const leased = await leaseOne(centre, 60);
  if (!leased) throw new Error("No site is ready");
  // A page of the full sync brings both before their news is fanned out.
  const page = await centre.claim(leased, 10);
  if (page.kind !== "batch") throw new Error("There is no page");
  const outcomes = page.items.map(({ userId }) => ({ userId, kind: "upserted" as const, durationMs: 1 }));
  await centre.settle(leased, page.claimId, outcomes, null);
  await centre.fanOut();

  const other = connect(project.databaseUrl);
  try {
    await other`begin`;
    await other`select from user_sync_state where user_id = 'a' for update`; // as another fan-out holds it
    const claiming = centre.claim(leased, 10);
    await until("the claim waits", 5_000, async () => {
      return (
        (
          await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        ).length > 0
      );
    });
    await sql`update user_profiles set full_name = 'New' where id = 'm'`;
    const fanned = createCentrePort(project.url, project.secretKey, "other").fanOut();
    await Promise.race([
      fanned,
      until("the fan-out waits too", 5_000, async () => {
        return (
          (
            await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
          ).length > 1
        );
      }),
    ]);
    await other`commit`;
    await Promise.all([claiming, fanned]);
  } finally {
    await other.end({ timeout: 1 });
  }
  const [pair] = await sql`select status from user_sync_status where user_id = 'm'`;
  expect(pair).toEqual({ status: "pending" });
});
