import { setTimeout as sleep } from "node:timers/promises";
import type postgres from "postgres";
import type { TestCluster } from "@/tests/support/cluster";
import { Arena } from "@/tests/support/faults/arena";
import type { SiteOptions } from "@/tests/support/faults/arena-site";
import { CRASH_POINTS } from "@/tests/support/faults/crash-points";
import { Crew } from "@/tests/support/faults/crew";
import { CROWD, editAtRandom, USUAL_EDITS } from "@/tests/support/faults/edits";
import { type HealOptions, heal } from "@/tests/support/faults/heal";
import { killPostgres } from "@/tests/support/faults/kill-postgres";
import { Ledger } from "@/tests/support/faults/ledger";
import type { Random } from "@/tests/support/faults/random";
import { randomFault } from "@/tests/support/faults/random-fault";

const SITES: readonly SiteOptions[] = [
  {},
  { guarded: false },
  { removal: "deactivate" },
  { removal: "keep" },
  { guarded: false, removal: "deactivate" },
];
const ENDPOINTS = 3;
const WRITERS = 3;
const SHOWN = 12;

/** What people do about removals that the guard holds. */
const DECISIONS = ["approve removals", "reject removals"] as const;

/** How often what happens. */
export const USUAL = {
  happens: { fault: 40, calm: 12, kill: 3, crash: 3, freeze: 5, thaw: 8, postgres: 1, ask: 10 },
  edits: USUAL_EDITS,
};

/** A centre, eight sites and four workers to whom random things happen. */
export class Chaos {
  /** What happened, and how often. */
  readonly done = new Map<string, number>();
  readonly #ledger = new Ledger();

  private constructor(
    readonly arena: Arena,
    readonly crew: Crew,
    readonly cluster: TestCluster,
    readonly weights: typeof USUAL,
  ) {}

  static async start(cluster: TestCluster, weights: typeof USUAL): Promise<Chaos> {
    const arena = await Arena.create(cluster.adminUrl, SITES, ENDPOINTS);
    await arena.ask((sql) => sql`update connected_sites set removal_guard = true`);
    await arena.addUsers(CROWD);
    const crew = new Crew(arena);
    await crew.replenish();
    return new Chaos(arena, crew, cluster, weights);
  }

  /**
   * Lets things happen for a while, then stops the faults and waits until everything is equal and true. Throws with
   * what is not when the time for that is over, and with changes that were acknowledged and are lost.
   */
  async schedule(random: Random, { steps, ...healing }: { steps: number } & HealOptions): Promise<void> {
    const writing = new AbortController();
    const writers = Array.from({ length: WRITERS }, () => this.#write(random.fork(), writing.signal));
    for (let step = 0; step < steps; step++) {
      await this.#step(random);
      await sleep(random.pick([0, 20, 100, 300]));
    }
    writing.abort();
    await Promise.all(writers);
    await heal(this.arena, this.crew, healing);
    const lost = await this.arena.withCentre((sql) => this.#ledger.lost(sql));
    if (lost.length > 0) throw new Error(`Acknowledged, and lost: ${lost.slice(0, SHOWN).join("\n  ")}`);
  }

  /** What happened and what came to the endpoints, most first. */
  tally(): [string, number][] {
    const counts = new Map([...this.done, ["acknowledged change", this.#ledger.acknowledged]]);
    for (const { receiver } of this.arena.endpoints)
      for (const [reception, times] of Object.entries(receiver.store.counts)) {
        const what = `message to an endpoint: ${reception}`;
        counts.set(what, (counts.get(what) ?? 0) + times);
      }
    return [...counts].sort(([, a], [, b]) => b - a);
  }

  close(): Promise<void> {
    return this.arena.close();
  }

  async #write(random: Random, signal: AbortSignal): Promise<void> {
    const options = { weights: this.weights.edits, ledger: this.#ledger };
    while (!signal.aborted) {
      const wrote = await this.arena.ask((sql) => editAtRandom(sql, random, options));
      this.#count(wrote ? "edit" : "edit that failed");
      await sleep(random.int(0, 60));
    }
  }

  async #step(random: Random): Promise<void> {
    const happens = random.weighted(this.weights.happens);
    const worker = random.pick(this.crew.workers);
    const { proxy, ordered } = random.pick(this.arena.everySite);
    switch (happens) {
      case "fault": {
        const fault = randomFault(random, { ordered });
        this.#count(fault.kind);
        return await proxy.set(fault);
      }
      case "calm":
        return await proxy.set({ kind: "none" });
      case "kill":
        if (await this.crew.kill(worker)) this.#count("kill -9 of a worker");
        return;
      case "crash": {
        const crash = {
          point: random.pick(CRASH_POINTS),
          signal: "SIGKILL",
          passage: random.int(1, 20),
        } as const;
        if (await this.crew.replace(worker, crash)) this.#count("kill -9 at a crash point");
        return;
      }
      case "freeze":
        this.#count("freeze");
        return worker.freeze();
      case "thaw":
        return worker.thaw();
      case "postgres":
        this.#count("kill -9 of PostgreSQL");
        return await killPostgres(this.cluster);
      case "ask":
        return await this.#request(random);
    }
  }

  async #request(random: Random): Promise<void> {
    const request = random.pick([
      "sync all",
      "sync one site",
      "sync one user",
      "retry",
      ...DECISIONS,
    ] as const);
    const { id } = random.pick(this.arena.everySite);
    const asked = await this.arena.ask(async (sql) => {
      if (request === "sync all") await sql`select sync_all_start(null, 'chaos')`;
      else if (request === "sync one site") await sql`select sync_all_start(array[${id}::uuid], 'chaos')`;
      else if (request === "sync one user")
        await sql`select sync_user_start((select min(id) from user_profiles), 'chaos')`;
      else if (request === "approve removals") await sql`select removals_approve(null, null, 10000)`;
      else if (request === "reject removals") await rejectHeld(sql);
      else await sql`select sync_retry(null, null)`;
    });
    if (asked) this.#count(request);
  }

  #count(what: string): void {
    this.done.set(what, (this.done.get(what) ?? 0) + 1);
  }
}

/**
 * Rejects the held removals of users who are in the list. Nobody deletes one of them while this waits, which would bring a
 * deleted user back: that is what rejecting is for, but the ledger knows no user who comes back from there.
 */
async function rejectHeld(sql: postgres.Sql): Promise<void> {
  await sql.begin(async (locking) => {
    await locking`select sync_removals_lock(array(select id from connected_sites))`;
    await locking`
      select removals_reject(null, array(select id from user_profiles order by id for no key update), null, 10000)`;
  });
}
