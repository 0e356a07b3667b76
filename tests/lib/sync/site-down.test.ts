import { afterEach, describe, expect, inject, test } from "vitest";
import { Arena } from "@/tests/support/faults/arena";
import { Random } from "@/tests/support/faults/random";
import { until, untilTrue } from "@/tests/support/faults/truth";
import { ModelCentre } from "@/tests/support/model/centre";
import { type Calls, countingCalls } from "@/tests/support/model/counting";
import { ModelSite } from "@/tests/support/model/site";
import { isDirty } from "@/tests/support/model/state";
import { VirtualClock } from "@/tests/support/model/virtual-clock";
import { ModelWorker, type ModelWorld } from "@/tests/support/model/worker";

const HOUR_SECONDS = 3_600;
/** Waits of 1, 2, 4, … 512 s and then of up to 15 min, each shorter by up to half. */
const MOST_PROBES = 20;
/** Lease, claim, settle and release. */
const CALLS_PER_PROBE = 4;
/** More than two batches of the first size, 500. */
const USERS = 1_200;

/** A centre with users, a site that has them all, and two workers. */
async function createWorld() {
  const clock = new VirtualClock();
  const random = new Random(1);
  const centre = new ModelCentre(() => clock.now());
  for (let n = 0; n < USERS; n++) centre.putUser(`u${n}`, {});
  const state = centre.connectSite("one", { kind: "delete" });
  const site = new ModelSite(true);
  const calls: Calls = new Map();
  const sites: ModelWorld["sites"] = new Map([[state.id, site]]);
  const world = { clock, random, centre: countingCalls(centre, state.id, calls), sites, centreLoss: 0 };
  const workers = [new ModelWorker(world), new ModelWorker(world)];
  await clock.runUntil(() => site.rows.size === USERS && state.claims.size === 0, 60_000);
  await clock.runUntil(() => false, 5_000);
  return { clock, random, centre, state, site, calls, workers };
}

const sum = (calls: Calls) => [...calls.values()].reduce((all, times) => all + times, 0);

describe("a site that is down for an hour", () => {
  test("with an edit every second is asked a few times, costs no more than its dirty pairs, and drains in one pass", async () => {
    const { clock, random, centre, state, site, calls, workers } = await createWorld();
    const failure = { code: "unreachable", message: "Away." } as const;
    site.trouble = { kind: "fails", failure, lands: false };
    calls.clear();
    site.writes.clear();
    const edited = new Set<string>();
    for (let second = 0; second < HOUR_SECONDS; second++) {
      const id = `u${random.int(0, USERS - 1)}`;
      edited.add(id);
      centre.putUser(id, { full_name: `Second ${second}` });
      await clock.runUntil(() => false, 1_000);
    }
    const probes = calls.get("leaseSites") ?? 0;
    expect(probes).toBeGreaterThan(8);
    expect(probes).toBeLessThanOrEqual(MOST_PROBES);
    expect(sum(calls)).toBeLessThanOrEqual(CALLS_PER_PROBE * probes);
    expect(sum(site.writes)).toBe(probes); // one user each time
    expect([...state.pairs.values()].filter(isDirty)).toHaveLength(edited.size);
    const left = { pairs: state.pairs.size, claims: state.claims.size, news: centre.state.queue.length };
    expect(left).toEqual({ pairs: USERS, claims: 0, news: 0 });

    site.trouble = { kind: "none" };
    calls.clear();
    site.writes.clear();
    await clock.runUntil(() => ![...state.pairs.values()].some(isDirty), 900_000);
    await clock.runUntil(() => false, 5_000);
    expect([...site.writes]).toEqual([...site.writes.keys()].map((id) => [id, 1]));
    expect(new Set(site.writes.keys())).toEqual(edited);
    expect(calls.get("leaseSites")).toBe(1);
    // The probe of one user, full batches and the last part of one, each settled, and a last look for more.
    const batches = 1 + Math.ceil((edited.size - 1) / 500);
    expect((calls.get("settle") ?? 0) + (calls.get("settleLast") ?? 0)).toBe(batches);
    expect(calls.get("claim")).toBeLessThanOrEqual(batches + 2);
    for (const worker of workers) worker.kill();
  }, 60_000);

  describe("of edits, compressed, on real databases", () => {
    let arena: Arena;

    afterEach(async () => await arena.close());

    /** Rows of every table of the centre but those that keep what happened, and the tallies, which are added up. */
    async function rowsButLog(): Promise<number> {
      const tables = await arena.centre.sql`
        select format('%I.%I', schemaname, tablename) as name from pg_tables
        where schemaname in ('public', 'pgmq') and tablename not like 'user_sync_log%'
          and tablename not in ('audit_log', 'sync_minutes', 'sync_tallies', 'user_tallies')`;
      const counts = await Promise.all(tables.map(({ name }) => arena.count(String(name))));
      return counts.reduce((all, count) => all + count, 0);
    }

    test("leaves not one row more than before, and gets every user once when it is back", {
      timeout: 90_000,
    }, async () => {
      const users = 300;
      arena = await Arena.create(inject("adminUrl"), []);
      await arena.addUsers(users);
      const { proxy } = await arena.addSite("one", {});
      const engine = arena.startEngine();
      await untilTrue(arena, 20_000);
      const rows = await rowsButLog();
      await proxy.set({ kind: "refuse" });
      for (let minute = 0; minute < 60; minute++) await arena.changeEverybody(`Minute ${minute}`);
      engine.wake();
      const degraded = "connected_sites where health = 'degraded'";
      await until("the site is degraded", 20_000, async () => (await arena.count(degraded)) === 1);
      await until(
        "the news is fanned out",
        20_000,
        async () => (await arena.count("pgmq.q_user_changes")) === 0,
      );
      await until("nothing is on its way", 20_000, async () => (await arena.count("sync_claims")) === 0);
      expect(await rowsButLog()).toBe(rows);
      expect(await arena.count("user_sync_state where desired_version > synced_version")).toBe(users);
      const written = await arena.count("user_sync_log where status = 'success'");
      const forwarded = proxy.forwarded;
      await proxy.set({ kind: "none" });
      await arena.untilWell();
      await untilTrue(arena, 20_000);
      expect((await arena.count("user_sync_log where status = 'success'")) - written).toBe(users);
      expect(proxy.forwarded - forwarded).toBe(2); // the probe of one user, and everybody else
    });
  });
});
