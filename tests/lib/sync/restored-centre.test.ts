import { afterEach, beforeEach, expect, test } from "vitest";
import { createCentre as createCentrePort } from "@/lib/sync/adapters/centre";
import { createSupabaseSite } from "@/lib/sync/adapters/supabase-site";
import { systemClock } from "@/lib/sync/adapters/system-clock";
import { type Engine, startEngine } from "@/lib/sync/engine";
import { outgoing } from "@/tests/support/outgoing";
import { createCentre, createSite, type TestProject } from "@/tests/support/stack";

let centre: TestProject;
let hrms: TestProject;
let engine: Engine;

beforeEach(async () => {
  [centre, hrms] = await Promise.all([createCentre(), createSite({ name: "hrms" })]);
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  engine = startEngine({
    centre: createCentrePort(centre.url, centre.secretKey, "test"),
    openSite: async (site, aborting) =>
      createSupabaseSite(site.url, site.credentials, site.removal, { outgoing, aborting }),
    clock: systemClock,
    log: silent,
    leaseSeconds: 9,
    pollMs: 50,
    maxSites: 8,
  });
  const [row] =
    await centre.sql`insert into connected_sites (name, url) values ('hrms', 'http://h') returning id`;
  await centre.sql`select site_set_credentials(${row?.id}, ${hrms.url}, ${hrms.secretKey}, 'last')`;
  await centre.sql`
    insert into user_profiles (id, email) select 'u' || n, 'u' || n || '@example.com' from generate_series(1, 20) n`;
  // Settled, since what is on its way is not called newer; and looked at, so that the next look is the one after.
  await expect.poll(isCalm).toBe(true);
});

afterEach(async () => {
  await engine.stop();
  await Promise.all([centre.close(), hrms.close()]);
});

async function atSite() {
  return await hrms.sql`select id, email, team, updated_at from user_profiles order by id`;
}

async function isCalm() {
  const [row] = await centre.sql`
    select (select inspected_at is not null from connected_sites) and
      (select count(*) from user_sync_state where status = 'synced' and synced_version = desired_version) = 20 as calm`;
  return row?.calm;
}

async function overview() {
  const [row] = await centre.sql`select sync_overview() -> 'newerRows' as newer`;
  return row?.newer;
}

/** What a restore leaves: the site has what happened since, the list does not, and nobody is told. */
async function restoreOlderBackup() {
  await hrms.sql`update user_profiles set team = 'Since', updated_at = now() + interval '1 hour' where id in ('u1', 'u2')`;
  await hrms.sql`
    insert into user_profiles (id, clerk_user_id, email, updated_at) values ('u99', 'u99', 'u99@example.com', now() + interval '1 hour')`;
  await centre.sql`update connected_sites set inspected_at = now() - interval '2 hours'`;
}

test("newer rows at a site are noticed and said within an hour, without any change to bring it up", async () => {
  expect(await overview()).toEqual([]);
  await restoreOlderBackup();
  await expect.poll(overview).toMatchObject([{ site: "hrms", known: 2, unknown: 1 }]);
});

test("a row that a trigger at the site gave a later time, and nothing else, is not called newer", async () => {
  await hrms.sql`update user_profiles set updated_at = now() + interval '1 hour' where id = 'u3'`;
  await centre.sql`update connected_sites set inspected_at = now() - interval '2 hours'`;
  await expect
    .poll(
      async () =>
        (await centre.sql`select from connected_sites where inspected_at > now() - interval '1 minute'`)
          .length,
    )
    .toBe(1);
  expect(await overview()).toEqual([]);
});

test("asserting the list makes it the truth at the site, unknown rows included when asked", async () => {
  await restoreOlderBackup();
  await expect.poll(overview).toHaveLength(1);
  let after: string | null = null;
  do {
    const [page]: { last: string | null }[] = await centre.sql`select sync_assert_page(${after}, 7) as last`;
    after = page?.last ?? null;
  } while (after !== null);
  await centre.sql`select sync_assert_finish(true)`;
  const wanted = () => centre.sql`select id, email, team, updated_at from user_profiles order by id`;
  await expect.poll(async () => JSON.stringify(await atSite())).toBe(JSON.stringify(await wanted()));
  await expect.poll(overview).toEqual([]);
  const states = () =>
    centre.sql`select status, count(*)::int as users from user_sync_status group by status`;
  await expect.poll(states).toEqual([{ status: "synced", users: 20 }]);
});

test("users of a site's own stay where no row of the list is newer", async () => {
  await engine.stop();
  const [site] = await centre.sql`select id from connected_sites`;
  const noted = (id: string, known: boolean) => centre.sql`
    insert into site_newer_rows (site_id, user_id, site_updated_at, known) values (${site?.id}, ${id}, now(), ${known})`;
  const finish = async () => {
    const [row] = await centre.sql`select sync_assert_finish(true)::int as unknown`;
    const pairs = await centre.sql`select user_id from user_sync_state where user_id = 'own'`;
    return { unknown: row?.unknown, pairs: pairs.length };
  };
  await noted("own", false);
  expect(await finish()).toEqual({ unknown: 0, pairs: 0 });
  await Promise.all([noted("own", false), noted("u1", true)]);
  expect(await finish()).toEqual({ unknown: 1, pairs: 1 });
});
