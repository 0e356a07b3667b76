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
    insert into user_profiles (id, email) select 'u' || n, 'u' || n || '@example.com' from generate_series(1, 3) n`;
  await expect.poll(states, LONG).toEqual(["synced", "synced", "synced"]);
});

afterEach(async () => {
  await engine.stop();
  await Promise.all([centre.close(), hrms.close()]);
});

const states = async () =>
  (await centre.sql`select status from user_sync_state order by user_id`).map(({ status }) => status);
const at = (id: string) => async () =>
  (await hrms.sql`select team from user_profiles where id = ${id}`)[0]?.team;
const attempts = async () =>
  Number((await centre.sql`select count(*) from user_sync_log where status = 'failed'`)[0]?.count);
const fullSyncs = async () =>
  (
    await centre.sql`
      select (count(*) filter (where r.finished_at is null))::int as open, sum(t.failed)::int as failed
      from sync_runs r join sync_run_sites t on t.run_id = r.id where r.kind = 'all'`
  )[0];
const LONG = { timeout: 30_000 };

test("a row that is newer at the site stays until a person asks for this user, but not one from the future", async () => {
  await hrms.sql`
    update user_profiles set team = 'There', updated_at = now() + interval '45 seconds' where id in ('u1', 'u3')`;
  await hrms.sql`update user_profiles set team = 'There', updated_at = now() + interval '1 day' where id = 'u2'`;
  await centre.sql`update user_profiles set team = 'Here'`;
  await expect.poll(at("u2"), LONG).toBe("Here");
  await expect.poll(states, LONG).toEqual(["retrying", "synced", "retrying"]);
  await centre.sql`select request_sync_all(null, 'somebody', true)`;
  await expect.poll(fullSyncs, LONG).toEqual({ open: 0, failed: 2 });
  const tried = await attempts();
  await centre.sql`select request_retry(null, id) from connected_sites`;
  await expect.poll(attempts, LONG).toBe(tried + 2);
  expect([await at("u1")(), await at("u3")()]).toEqual(["There", "There"]);
  await centre.sql`select request_sync_user('u1', 'somebody')`;
  await centre.sql`select request_retry('u3', id) from connected_sites`;
  await expect.poll(states, LONG).toEqual(["synced", "synced", "synced"]);
  expect([await at("u1")(), await at("u3")()]).toEqual(["Here", "Here"]);
  const open = await centre.sql`select from sync_runs r where r.kind = 'user' and r.finished_at is null`;
  expect(open).toHaveLength(0);
});

test("addresses are swapped also where a trigger stamps every row behind the guard", async () => {
  await hrms.sql`
    create function stamp() returns trigger language plpgsql as $$ begin new.updated_at := now(); return new; end $$`;
  await hrms.sql`
    create trigger zzz_stamp before update on user_profiles for each row execute function stamp()`;
  await centre.sql.begin(async (sql) => {
    await sql`update user_profiles set email = 'x@example.com' where id = 'u1'`;
    await sql`update user_profiles set email = 'u1@example.com' where id = 'u2'`;
    await sql`update user_profiles set email = 'u2@example.com' where id = 'u1'`;
  });
  const addresses = async () =>
    (await hrms.sql`select email from user_profiles order by id`).map(({ email }) => email);
  await expect.poll(addresses, LONG).toEqual(["u2@example.com", "u1@example.com", "u3@example.com"]);
  await expect.poll(states, LONG).toEqual(["synced", "synced", "synced"]);
});
