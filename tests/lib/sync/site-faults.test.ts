import { afterEach, describe, expect, inject, test } from "vitest";
import { Arena } from "@/tests/support/faults/arena";
import type { ArenaSite, SiteOptions } from "@/tests/support/faults/arena-site";
import { until, untilTrue } from "@/tests/support/faults/truth";

let arena: Arena;

afterEach(async () => await arena.close());

/** An arena with users; no worker runs yet. */
async function createArena(sites: readonly SiteOptions[], users: number) {
  arena = await Arena.create(inject("adminUrl"), sites);
  await arena.centre.sql`insert into user_profiles (id, email, full_name)
    select 'u' || n, 'u' || n || '@example.com', 'Name ' || n from generate_series(1, ${users}::int) n`;
  return arena.sites;
}

async function createOne(options: SiteOptions, users: number): Promise<ArenaSite> {
  const [site] = await createArena([options], users);
  if (!site) throw new Error("An arena has the sites that were asked for");
  return site;
}

async function count(query: string): Promise<number> {
  const [row] = await arena.centre.sql.unsafe(`select count(*)::int as count from ${query}`);
  return Number(row?.count);
}

/** Waits until every site is well, without waiting for its turn to be tried again. */
async function untilWell(): Promise<void> {
  await until("every site is well", 20_000, async () => {
    await arena.centre.sql`select sync_retry(null, null)`;
    return (await count("connected_sites where health <> 'ok'")) === 0;
  });
}

async function changeEverybody(team: string): Promise<void> {
  await arena.centre.sql`update user_profiles set team = ${team}`;
}

describe("a site whose answers are lost", () => {
  test.each(["loseAnswer", "resetInBody", "halfOpen"] as const)(
    "has exactly the right rows after every batch for a while landed and was not heard of (%s)",
    { timeout: 60_000 },
    async (kind) => {
      const sites = await createArena([{}, { guarded: false, removal: "deactivate" }], 200);
      arena.startEngine({ siteTimeoutMs: 300 });
      await untilTrue(arena, 20_000);
      for (const { proxy } of sites) await proxy.set({ kind });
      for (let n = 0; n < 4; n++) {
        const before = sites.map(({ proxy }) => proxy.forwarded);
        await changeEverybody(`T${n}`);
        await arena.centre
          .sql`update user_profiles set status = ${n % 2 ? "active" : "inactive"} where id < 'u15'`;
        await until("a batch reaches every site", 20_000, async () => {
          await arena.centre.sql`select sync_retry(null, null)`; // not to wait for the sites' turns
          return sites.every(({ proxy }, site) => proxy.forwarded > (before[site] ?? 0));
        });
      }
      expect(await count("user_sync_status where status = 'synced' and user_id > 'u15'")).toBe(0);
      for (const { proxy } of sites) await proxy.set({ kind: "none" });
      await untilWell();
      await untilTrue(arena, 20_000);
    },
  );
});

describe("a frozen worker", () => {
  test.each([{ guarded: true }, { guarded: false }])(
    "that wakes past its lease cannot put an older row over a newer one for good: %o",
    { timeout: 60_000 },
    async (options) => {
      const { proxy, project } = await createOne(options, 20);
      const first = arena.startEngine({ leaseSeconds: 2 });
      await untilTrue(arena, 15_000);
      await first.stop();
      await changeEverybody("Older");
      const crash = { point: "before write", signal: "SIGSTOP", passage: 1 } as const;
      const frozen = await arena.startWorker({ crash, leaseSeconds: 2 });
      await frozen.atPoint;
      await changeEverybody("Newer");
      arena.startEngine({ leaseSeconds: 2 });
      await untilTrue(arena, 15_000);
      const before = proxy.forwarded;
      frozen.thaw();
      await until("the late write reaches the site", 10_000, async () => proxy.forwarded > before);
      await until("the older row is noticed and everybody sent again", 15_000, async () => {
        return (await count("user_sync_log where status = 'success'")) >= 60;
      });
      await untilTrue(arena, 15_000);
      const teams = await project.sql`select distinct team from user_profiles`;
      expect(teams).toEqual([{ team: "Newer" }]);
    },
  );
});

describe("a site that is down during many edits", () => {
  test("costs the centre one pair per user and gets every user once when it is back", {
    timeout: 60_000,
  }, async () => {
    const users = 300;
    const { proxy } = await createOne({}, users);
    arena.startEngine();
    await untilTrue(arena, 20_000);
    await proxy.set({ kind: "refuse" });
    for (let hour = 0; hour < 60; hour++) await changeEverybody(`Minute ${hour}`);
    await until("the news is fanned out", 20_000, async () => (await count("pgmq.q_user_changes")) === 0);
    await until(
      "the site is degraded",
      20_000,
      async () => (await count("connected_sites where health = 'degraded'")) === 1,
    );
    expect(await count("user_sync_state")).toBe(users);
    expect(await count("user_sync_state where desired_version > synced_version")).toBe(users);
    const written = await count("user_sync_log where status = 'success'");
    await proxy.set({ kind: "none" });
    await untilWell();
    await untilTrue(arena, 20_000);
    expect((await count("user_sync_log where status = 'success'")) - written).toBe(users);
  });
});

describe("eight sites, one black-holed and one throttling", () => {
  test("hold up the other six by less than measuring can tell", { timeout: 120_000 }, async () => {
    const sites = await createArena(
      Array.from({ length: 8 }, () => ({})),
      300,
    );
    const engine = arena.startEngine();
    await untilTrue(arena, 40_000);
    const well = sites.slice(0, 6).map(({ id }) => id);
    const timeSix = async (team: string) => {
      const began = Date.now();
      await changeEverybody(team);
      engine.wake();
      await until("six sites have it", 60_000, async () => {
        const waiting = await arena.centre.sql`select from pgmq.q_user_changes`;
        const dirty = await arena.centre.sql`select from user_sync_state
          where site_id in ${arena.centre.sql(well)} and desired_version > synced_version limit 1`;
        return waiting.length + dirty.length === 0;
      });
      return Date.now() - began;
    };
    const healthy: number[] = [];
    const troubled: number[] = [];
    for (let round = 0; round < 3; round++) {
      healthy.push(await timeSix(`Healthy ${round}`));
      await untilTrue(arena, 40_000);
      await sites[6]?.proxy.set({ kind: "blackHole" });
      await sites[7]?.proxy.set({ kind: "throttle", status: 429, retryAfterSeconds: 1 });
      troubled.push(await timeSix(`Troubled ${round}`));
      for (const { proxy } of sites.slice(6)) await proxy.set({ kind: "none" });
      await untilWell();
      await untilTrue(arena, 40_000);
    }
    const ratio = median(troubled) / median(healthy);
    process.stdout.write(
      `      six sites, in ms: ${healthy} healthy, ${troubled} troubled, ratio ${ratio.toFixed(2)}\n`,
    );
    expect(ratio).toBeLessThan(1.5); // 1.1 is the aim; the rest is other tests on the same processors
  });
});

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

describe("transactions that commit late, after others", () => {
  test("are never skipped, with 64 writers at once", { timeout: 120_000 }, async () => {
    const commits = Number(process.env.ROSTER_TEST_COMMITS ?? 1_500);
    await createArena([{}, { guarded: false }], 500);
    arena.startEngine();
    let left = commits;
    await arena.withCentre(async (sql) => {
      const write = async (writer: number) => {
        while (left-- > 0) {
          await sql.begin(async (tx) => {
            await tx`update user_profiles set team = ${`${writer}.${left}`} where id = ${`u${1 + ((left * 7 + writer) % 500)}`}`;
            await tx`select pg_sleep(${((left * 13) % 40) / 1_000}::float8)`;
          });
        }
      };
      await Promise.all(Array.from({ length: 64 }, (_, writer) => write(writer)));
    }, 64);
    await untilTrue(arena, 60_000);
  });
});
