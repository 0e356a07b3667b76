import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCentre as createCentrePort } from "@/lib/sync/adapters/centre";
import type { Engine } from "@/lib/sync/engine";
import type { Centre, Claim } from "@/lib/sync/ports";
import { startTestEngine } from "@/tests/support/faults/engine";
import { leaseOne } from "@/tests/support/lease-one";
import { createCentre, createSite, type TestProject } from "@/tests/support/stack";

let centre: TestProject;
let hrms: TestProject;
let id: string;
let engine: Engine | undefined;

beforeEach(async () => {
  [centre, hrms] = await Promise.all([createCentre(), createSite({ name: "hrms" })]);
  const [row] =
    await centre.sql`insert into connected_sites (name, url) values ('hrms', ${hrms.url}) returning id`;
  id = String(row?.id);
  await save(hrms.secretKey);
});

afterEach(async () => {
  await engine?.stop();
  engine = undefined;
  await Promise.all([centre.close(), hrms.close()]);
});

/** The engine gets the key as it is here, not sealed. */
async function save(key: string) {
  await centre.sql`select site_set_credentials(${id}, ${hrms.url}, ${key}, 'last')`;
}

function startWorker() {
  const { url, secretKey } = centre;
  engine = startTestEngine({
    url,
    secretKey,
    name: "test",
    leaseSeconds: 2,
    pollMs: 20,
    siteTimeoutMs: 2_000,
  });
}

async function addUsers(count: number, prefix = "u") {
  await centre.sql`
    insert into user_profiles (id, email)
    select ${prefix} || n, ${prefix} || n || '@example.com' from generate_series(1, ${count}::int) n`;
}

function rowsThere() {
  return hrms.sql`select id from user_profiles order by id`.then((rows) => rows.map((row) => row.id));
}

async function landed(count: number) {
  await expect.poll(async () => (await rowsThere()).length, { timeout: 15_000 }).toBe(count);
  // Settled, too.
  await expect
    .poll(
      async () =>
        (await centre.sql`select 1 from user_sync_state where desired_version > synced_version`).length,
    )
    .toBe(0);
}

async function begin() {
  const [row] = await centre.sql`select site_disconnect_removing(${id}) as answer`;
  return row?.answer;
}

function siteNow() {
  return centre.sql`select * from connected_sites where id = ${id}`.then(([row]) => row);
}

function disconnected() {
  return expect.poll(async () => (await siteNow())?.disconnected_at !== null, { timeout: 15_000 }).toBe(true);
}

/** The users of a claim; fails when it is none. */
function usersOf(claim: Claim): string[] {
  if (claim.kind !== "batch") throw new Error(`A claim was expected, not ${claim.kind}`);
  return claim.items.map(({ userId }) => userId).sort();
}

async function leaseOf(port: Centre) {
  const site = await leaseOne(port, 9);
  if (!site) throw new Error("No site was ready");
  return site;
}

describe("disconnecting with the rows removed", () => {
  test("takes away what Roster wrote and nothing else, whatever happens to users who leave, and ends", async () => {
    await centre.sql`update connected_sites set removal_policy = 'keep' where id = ${id}`;
    await addUsers(30);
    startWorker();
    await landed(30);
    await hrms.sql`insert into user_profiles (id, clerk_user_id, email) values ('own', 'own', 'own@hrms.example.com')`;
    await centre.sql`update user_profiles set status = 'inactive' where id = 'u1'`;
    await expect
      .poll(async () => (await centre.sql`select 1 from user_sync_state where status = 'kept'`).length)
      .toBe(1);
    expect(await begin()).toBe("disconnecting");
    expect(Number((await siteNow())?.rows_to_remove)).toBe(30);
    await disconnected();
    expect(await rowsThere()).toEqual(["own"]);
    expect((await siteNow())?.credentials_sealed).toBeNull();
    expect((await centre.sql`select 1 from user_sync_state`).length).toBe(0);
    const [log] =
      await centre.sql`select count(*)::int as removals from user_sync_log where operation = 'remove' and status = 'success'`;
    expect(log?.removals).toBe(30);
    const audit = await centre.sql`select action from audit_log where target_id = ${id} order by id`;
    expect(audit.map((line) => line.action).slice(-2)).toEqual(["site.updated", "site.disconnected"]);
  });

  test("goes on over any number of pages", async () => {
    await addUsers(4_500);
    startWorker();
    await landed(4_500);
    await begin();
    await disconnected();
    expect(await rowsThere()).toEqual([]);
  }, 60_000);

  test("writes nobody any more: not who is new, not who changes", async () => {
    await addUsers(2);
    startWorker();
    await landed(2);
    // Held up by a row that the site does not let go.
    await hrms.sql`create table badges (holder text references user_profiles (id))`;
    await hrms.sql`insert into badges values ('u1')`;
    await begin();
    await expect.poll(rowsThere).toEqual(["u1"]);
    await addUsers(3, "new");
    await centre.sql`update user_profiles set full_name = 'Changed' where id in ('u1', 'u2')`;
    await expect
      .poll(async () => (await centre.sql`select 1 from pgmq.q_user_changes`).length, { timeout: 5_000 })
      .toBe(0);
    await expect
      .poll(() =>
        centre.sql`select user_id, status from user_sync_status order by user_id`.then((r) => [...r]),
      )
      .toEqual([
        { user_id: "new1", status: "removed" },
        { user_id: "new2", status: "removed" },
        { user_id: "new3", status: "removed" },
        { user_id: "u1", status: "retrying" },
        { user_id: "u2", status: "removed" },
      ]);
    expect(await hrms.sql`select id, full_name from user_profiles`).toEqual([{ id: "u1", full_name: null }]);
    expect((await siteNow())?.disconnected_at).toBeNull();

    await hrms.sql`drop table badges`;
    await centre.sql`select sync_retry(null, ${id})`;
    await disconnected();
    expect(await rowsThere()).toEqual([]);
  });

  test("cancelled on the way, brings everybody back", async () => {
    await addUsers(20);
    startWorker();
    await landed(20);
    await hrms.sql`create table badges (holder text references user_profiles (id))`;
    await hrms.sql`insert into badges values ('u1')`;
    await begin();
    await expect.poll(rowsThere).toEqual(["u1"]);
    await centre.sql`select site_update(${id}, null, null, 'active')`;
    await landed(20);
    expect(await siteNow()).toMatchObject({ status: "active", rows_to_remove: null, disconnected_at: null });
    await centre.sql`update user_profiles set full_name = 'Ada' where id = 'u2'`;
    await expect
      .poll(() =>
        hrms.sql`select full_name from user_profiles where id = 'u2'`.then(([row]) => row?.full_name),
      )
      .toBe("Ada");
  });

  test("waits at a blocked site for another key, which sends nobody there", async () => {
    await addUsers(5);
    startWorker();
    await landed(5);
    await save("sb_secret_wrong");
    await expect.poll(async () => (await siteNow())?.health).toBe("blocked");
    await begin();
    expect(await siteNow()).toMatchObject({ status: "disconnecting", health: "blocked" });
    await save(hrms.secretKey);
    await disconnected();
    expect(await rowsThere()).toEqual([]);
  });

  test("ends at once where nothing was ever written", async () => {
    startWorker();
    await begin();
    await disconnected();
  });

  test("survives its worker: what a dead one had on its way is removed", async () => {
    await addUsers(3);
    const dead = createCentrePort(centre.url, centre.secretKey, "dead");
    await dead.fanOut();
    const site = await leaseOf(dead);
    expect(usersOf(await dead.claim(site, 10))).toEqual(["u1", "u2", "u3"]);
    // It wrote, and was killed before it could say so.
    await hrms.sql`insert into user_profiles (id, clerk_user_id, email) values ('u1', 'u1', 'u1@example.com')`;
    await begin();
    expect(await dead.claim(site, 10)).toEqual({ kind: "lost" });
    await centre.sql`update connected_sites set lease_until = now()`;
    startWorker();
    await disconnected();
    expect(await rowsThere()).toEqual([]);
  });

  test("removes what a batch on its way brought there meanwhile, also users without a pair", async () => {
    const port = createCentrePort(centre.url, centre.secretKey, "slow");
    await addUsers(2);
    await centre.sql`delete from pgmq.q_user_changes`; // leaves them to the full sync
    const site = await leaseOf(port);
    const page = await port.claim(site, 10);
    expect(usersOf(page)).toEqual(["u1", "u2"]);
    await begin();
    await hrms.sql`
      insert into user_profiles (id, clerk_user_id, email)
      values ('u1', 'u1', 'u1@example.com'), ('u2', 'u2', 'u2@example.com')`;
    const upserted = usersOf(page).map((userId) => ({ userId, kind: "upserted" as const, durationMs: 1 }));
    expect(await port.settle(site, page.kind === "batch" ? page.claimId : "", upserted, null)).toBe(true);
    expect(await leaseOne(port, 9), "leased twice").toBeNull();
    await port.releaseSite(site);
    startWorker();
    await disconnected();
    expect(await rowsThere()).toEqual([]);
  });

  test("cancelled while a removal is on its way, sends that user again", async () => {
    await addUsers(1);
    startWorker();
    await landed(1);
    await engine?.stop();
    const port = createCentrePort(centre.url, centre.secretKey, "slow");
    await begin();
    const site = await leaseOf(port);
    expect(site).toMatchObject({ disconnecting: true, removal: { kind: "delete" } });
    const batch = await port.claim(site, 10);
    expect(batch.kind === "batch" && batch.items[0]).toMatchObject({
      written: true,
      user: { status: "deleted" },
    });
    await centre.sql`select site_update(${id}, null, null, 'active')`;
    await hrms.sql`delete from user_profiles`;
    const removed = usersOf(batch).map((userId) => ({ userId, kind: "removed" as const, durationMs: 1 }));
    await port.settle(site, batch.kind === "batch" ? batch.claimId : "", removed, null);
    expect(await port.claim(site, 10)).toEqual({ kind: "lost" });
    await port.releaseSite(site);
    startWorker();
    await landed(1);
  });
});
