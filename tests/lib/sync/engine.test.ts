import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCentre as createCentrePort } from "@/lib/sync/adapters/centre";
import { createSupabaseSite } from "@/lib/sync/adapters/supabase-site";
import { systemClock } from "@/lib/sync/adapters/system-clock";
import { deliver } from "@/lib/sync/deliver";
import { type Engine, startEngine } from "@/lib/sync/engine";
import { leaseOne } from "@/tests/support/lease-one";
import { outgoing } from "@/tests/support/outgoing";
import { createCentre, createSite, type TestProject } from "@/tests/support/stack";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Rows a site should have by the central list, in the documented columns. */
const COLUMNS = "id, clerk_user_id, email, full_name, role, team, department, created_at, updated_at";

let centre: TestProject;
let hrms: TestProject;
let cms: TestProject;
let engine: Engine | undefined;

beforeEach(async () => {
  [centre, hrms, cms] = await Promise.all([
    createCentre(),
    createSite({ name: "hrms" }),
    createSite({ name: "cms" }),
  ]);
});

afterEach(async () => {
  await engine?.stop();
  engine = undefined;
  await Promise.all([centre.close(), hrms.close(), cms.close()]);
});

function startWorker() {
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
}

/** Connects a site; in these tests the engine gets the key as it is, not sealed. */
async function connect(site: TestProject, key = site.secretKey): Promise<string> {
  const [row] =
    await centre.sql`insert into connected_sites (name, url) values (${site.name}, ${site.url}) returning id`;
  const id = String(row?.id);
  await centre.sql`select site_set_credentials(${id}, ${site.url}, ${key}, 'last')`;
  return id;
}

async function rowsAt(site: TestProject) {
  return await site.sql.unsafe(`select ${COLUMNS} from user_profiles order by id`);
}

async function wanted() {
  return await centre.sql.unsafe(`select ${COLUMNS} from user_profiles where status = 'active' order by id`);
}

/** Waits until nothing waits any more: no change in the queue, no pair pending, no run unfinished. */
async function settled() {
  await expect
    .poll(
      async () => {
        const [counts] = await centre.sql`
          select (select count(*) from pgmq.q_user_changes)::int as queued,
            (select count(*) from user_sync_status where status = 'pending')::int as pending,
            (select count(*) from sync_runs where finished_at is null)::int as runs`;
        return counts;
      },
      { timeout: 10_000, interval: 20 },
    )
    .toEqual({ queued: 0, pending: 0, runs: 0 });
}

describe("the engine", () => {
  test("brings a created, changed, deactivated and reactivated user to every site", async () => {
    await Promise.all([connect(hrms), connect(cms)]);
    startWorker();
    await settled();
    await centre.sql`insert into user_profiles (id, email, full_name) values ('u1', 'ada@example.com', 'Ada')`;
    await settled();
    expect(await rowsAt(hrms)).toEqual(await wanted());
    expect(await rowsAt(cms)).toHaveLength(1);

    await centre.sql`update user_profiles set full_name = 'Ada Lovelace', team = 'Engines' where id = 'u1'`;
    await settled();
    expect(await rowsAt(cms)).toEqual(await wanted());
    expect((await rowsAt(cms))[0]?.full_name).toBe("Ada Lovelace");

    await centre.sql`update user_profiles set status = 'inactive' where id = 'u1'`;
    await settled();
    expect(await rowsAt(hrms)).toEqual([]);

    await centre.sql`update user_profiles set status = 'active' where id = 'u1'`;
    await settled();
    expect(await rowsAt(hrms)).toEqual(await wanted());
    const log =
      await centre.sql`select site, operation, trigger, status from user_sync_log where site = 'hrms' order by id`;
    expect(log.map((row) => `${row.operation} ${row.trigger} ${row.status}`)).toEqual([
      "upsert change success",
      "upsert change success",
      "remove change success",
      "upsert change success",
    ]);
  });

  test("removes a user whose row was deleted by SQL and forgets the pair, not the log", async () => {
    await connect(hrms);
    startWorker();
    await settled();
    await centre.sql`insert into user_profiles (id, email) values ('u1', 'ada@example.com')`;
    await settled();
    await centre.sql`delete from user_profiles where id = 'u1'`;
    await settled();
    expect(await rowsAt(hrms)).toEqual([]);
    expect(await centre.sql`select * from user_sync_state`).toEqual([]);
    const log = await centre.sql`select operation, email from user_sync_log order by id`;
    expect(log[1]).toMatchObject({ operation: "remove", email: "ada@example.com" });
  });

  test("gives everybody to a site that is connected later, and nothing to users it never had", async () => {
    await centre.sql`
      insert into user_profiles (id, email, status)
      select 'u' || n, 'u' || n || '@example.com', case when n % 10 = 0 then 'inactive' else 'active' end
      from generate_series(1, 2500) n`;
    startWorker();
    await connect(hrms);
    await settled();
    expect(await rowsAt(hrms)).toEqual(await wanted());
    const [log] =
      await centre.sql`select count(*)::int as rows, count(*) filter (where trigger = 'full')::int as full from user_sync_log`;
    expect(log?.rows).toBe(2250);
    const [run] = await centre.sql`select total::int, succeeded::int, failed::int from sync_run_sites`;
    expect(run).toEqual({ total: 2250, succeeded: 2250, failed: 0 });
  });

  test("one refused row fails alone, with its reason, and is sent again when it is corrected", async () => {
    await hrms.sql`alter table user_profiles add constraint no_robots check (role <> 'robot')`;
    const id = await connect(hrms);
    startWorker();
    await centre.sql`
      insert into user_profiles (id, email, role)
      select 'u' || n, 'u' || n || '@example.com', case n when 77 then 'robot' else 'user' end from generate_series(1, 300) n`;
    await settled();
    expect(await rowsAt(hrms)).toHaveLength(299);
    const failed =
      await centre.sql`select user_id, status, error_code, error from user_sync_status where status <> 'synced'`;
    expect(failed).toMatchObject([{ user_id: "u77", status: "retrying", error_code: "value_refused" }]);
    await centre.sql`update user_profiles set role = 'user' where id = 'u77'`;
    await settled();
    expect(await rowsAt(hrms)).toEqual(await wanted());
    expect(await centre.sql`select health from connected_sites where id = ${id}`).toEqual([{ health: "ok" }]);
  });

  test("a wrong key blocks its site, says so for every user, and new credentials heal it", async () => {
    const id = await connect(hrms, "sb_secret_wrong");
    await connect(cms);
    startWorker();
    await centre.sql`insert into user_profiles (id, email) values ('u1', 'ada@example.com'), ('u2', 'bob@example.com')`;
    await expect
      .poll(
        async () =>
          await centre.sql`select user_id, site, status, error_code from user_sync_status order by 1, 2`,
      )
      .toEqual([
        { user_id: "u1", site: "cms", status: "synced", error_code: null },
        { user_id: "u1", site: "hrms", status: "failed", error_code: "credentials_rejected" },
        { user_id: "u2", site: "cms", status: "synced", error_code: null },
        { user_id: "u2", site: "hrms", status: "failed", error_code: "credentials_rejected" },
      ]);
    await centre.sql`select site_set_credentials(${id}, ${hrms.url}, ${hrms.secretKey}, 'last')`;
    await settled();
    expect(await rowsAt(hrms)).toEqual(await wanted());
  });

  test("a worker that dies with a batch on its way leaves nothing undone", async () => {
    const id = await connect(hrms);
    await centre.sql`insert into user_profiles (id, email) select 'u' || n, 'u' || n || '@example.com' from generate_series(1, 50) n`;
    const dead = createCentrePort(centre.url, centre.secretKey, "dead");
    await dead.fanOut();
    const site = await leaseOne(dead, 1);
    if (!site) throw new Error("no site was leased");
    expect(site.id).toBe(id);
    const claim = await dead.claim(site, 20);
    expect(claim.kind).toBe("batch");
    startWorker();
    await settled();
    expect(await rowsAt(hrms)).toEqual(await wanted());
    if (claim.kind !== "batch") return;
    const outcomes = claim.items.map(({ userId }) => ({ userId, kind: "upserted" as const, durationMs: 1 }));
    expect(await dead.settle(site, claim.claimId, outcomes, null)).toBe(false);
    await settled();
    expect(await rowsAt(hrms)).toEqual(await wanted());
  });

  test("Sync All Users writes everybody again, counts and logs it, and changes nothing at the sites", async () => {
    await Promise.all([connect(hrms), connect(cms)]);
    startWorker();
    await centre.sql`insert into user_profiles (id, email) select 'u' || n, 'u' || n || '@example.com' from generate_series(1, 700) n`;
    await settled();
    const before = await rowsAt(hrms);
    const [started = {}] = await centre.sql`select sync_all_start(null, 'test') as run`;
    const { runId, users, sites } = started.run as { runId: string; users: number; sites: number };
    expect({ users, sites }).toEqual({ users: 700, sites: 2 });
    await settled();
    expect(await rowsAt(hrms)).toEqual(before);
    const [run] = await centre.sql`select sync_run(${runId}) as run`;
    expect(run?.run).toMatchObject({ total: 1400, succeeded: 1400, failed: 0, pending: 0 });
    const [logged] =
      await centre.sql`select count(*)::int as rows from user_sync_log where run_id = ${runId} and status = 'success'`;
    expect(logged).toEqual({ rows: 1400 });
  });

  test("a site that deactivates keeps the row of a user who leaves, and has it active again on return", async () => {
    await hrms.sql`alter table user_profiles add column is_active boolean`;
    await hrms.reloadSchema();
    const id = await connect(hrms);
    await centre.sql`select site_set_removal(${id}, 'deactivate', 'is_active')`;
    startWorker();
    await centre.sql`insert into user_profiles (id, email) values ('u1', 'ada@example.com')`;
    await settled();
    const active = async () =>
      (await hrms.sql`select is_active from user_profiles`).map((row) => row.is_active);
    expect(await active()).toEqual([true]);
    await centre.sql`update user_profiles set status = 'inactive'`;
    await settled();
    expect(await active()).toEqual([false]);
    await centre.sql`update user_profiles set status = 'active'`;
    await settled();
    expect(await active()).toEqual([true]);
  });

  test("a site that keeps rows is left alone until its policy says otherwise", async () => {
    const id = await connect(hrms);
    await centre.sql`select site_set_removal(${id}, 'keep', null)`;
    startWorker();
    await centre.sql`insert into user_profiles (id, email) values ('u1', 'ada@example.com')`;
    await settled();
    await centre.sql`update user_profiles set status = 'inactive'`;
    await settled();
    expect(await rowsAt(hrms)).toHaveLength(1);
    expect(await centre.sql`select status from user_sync_status`).toEqual([{ status: "kept" }]);
    await centre.sql`select site_set_removal(${id}, 'delete', null)`;
    await settled();
    expect(await rowsAt(hrms)).toEqual([]);
    expect(await centre.sql`select status from user_sync_status`).toEqual([{ status: "removed" }]);
  });

  test("a change that a full sync brings along before it is fanned out is not sent twice", async () => {
    await connect(hrms);
    await centre.sql`insert into user_profiles (id, email) select 'u' || n, 'u' || n || '@example.com' from generate_series(1, 50) n`;
    const port = createCentrePort(centre.url, centre.secretKey, "by hand");
    const site = await leaseOne(port, 9);
    if (!site) throw new Error("no site was leased");
    expect(await port.recordLook(site, false)).toBe(true);
    const page = await port.claim(site, 100);
    await port.fanOut();
    if (page.kind !== "batch") throw new Error("no page was claimed");
    const writer = createSupabaseSite(site.url, site.credentials, site.removal, {
      outgoing,
      aborting: new AbortController().signal,
    });
    const { outcomes } = await deliver(writer, page.items, site, {
      clock: systemClock,
      displace: async () => new Set(),
    });
    expect(await port.settle(site, page.claimId, outcomes, null)).toBe(true);
    await port.releaseSite(site);
    startWorker();
    await settled();
    expect(await rowsAt(hrms)).toEqual(await wanted());
    const [log] = await centre.sql`select count(*)::int as rows from user_sync_log`;
    expect(log).toEqual({ rows: 50 });
  });

  test("two syncs of one user that overlap both come to an end", async () => {
    await Promise.all([connect(hrms), connect(cms)]);
    await centre.sql`insert into user_profiles (id, email) values ('u1', 'ada@example.com')`;
    const [first] = await centre.sql`select sync_user_start('u1', 'test') as id`;
    const [second] = await centre.sql`select sync_user_start('u1', 'test') as id`;
    startWorker();
    await settled();
    for (const run of [first, second]) {
      const [answer] = await centre.sql`select sync_run(${run?.id}) as run`;
      expect(answer?.run).toMatchObject({ total: 2, succeeded: 2, failed: 0, pending: 0 });
    }
    const [unknown] = await centre.sql`select sync_user_start('nobody', 'test') as id`;
    expect(unknown).toEqual({ id: null });
  });

  test("a stop gives the leases back within 3 s although a site holds the line, and the batch is sent again", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
    const { port } = silent.address() as AddressInfo;
    const id = await connect({ ...hrms, url: `http://127.0.0.1:${port}` });
    await centre.sql`update connected_sites set take_over = null`; // was looked at before
    await centre.sql`insert into user_profiles (id, email) values ('u1', 'ada@example.com')`;
    startWorker();
    await expect.poll(async () => (await centre.sql`select from sync_claims`).length).toBe(1);
    const start = performance.now();
    await engine?.stop();
    expect(performance.now() - start).toBeLessThan(3_000);
    silent.closeAllConnections();
    silent.close();
    const [site] = await centre.sql`select lease_id, health from connected_sites where id = ${id}`;
    expect(site).toEqual({ lease_id: null, health: "ok" });

    await centre.sql`select site_set_credentials(${id}, ${hrms.url}, ${hrms.secretKey}, 'last')`;
    startWorker();
    await settled();
    expect(await rowsAt(hrms)).toEqual(await wanted());
  });
});
