import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type postgres from "postgres";
import type { TestCluster } from "@/tests/support/cluster";
import { Arena, type SiteOptions } from "@/tests/support/faults/arena";
import { CRASH_POINTS } from "@/tests/support/faults/crash-points";
import { editAtRandom } from "@/tests/support/faults/edits";
import { Random } from "@/tests/support/faults/random";
import { randomFault } from "@/tests/support/faults/random-fault";
import { differences } from "@/tests/support/faults/truth";
import type { WorkerChild } from "@/tests/support/faults/worker-child";

const SITES: readonly SiteOptions[] = [
  {},
  { guarded: false },
  { removal: "deactivate" },
  { removal: "keep" },
  {},
  { guarded: false },
  { guarded: false, removal: "deactivate" },
  {},
];
const WORKERS = 4;
const WRITERS = 3;
/** Shorter than in earnest, so that a schedule of seconds sees leases and requests run out. */
const WORKER = { leaseSeconds: 3, siteTimeoutMs: 1_000 };
const SETTLE_MS = 1_000 * WORKER.leaseSeconds + 2_000;

/** How often what happens. */
export const USUAL = { fault: 40, calm: 12, kill: 3, crash: 3, freeze: 5, thaw: 8, postgres: 1, ask: 10 };

/** A centre, eight sites and four workers to whom random things happen. */
export class Chaos {
  #workers: WorkerChild[] = [];
  /** What happened, and how often. */
  readonly done = new Map<string, number>();

  private constructor(
    readonly arena: Arena,
    readonly cluster: TestCluster,
    readonly weights: typeof USUAL,
  ) {}

  static async start(cluster: TestCluster, weights: typeof USUAL): Promise<Chaos> {
    const arena = await Arena.create(cluster.adminUrl, SITES);
    const chaos = new Chaos(arena, cluster, weights);
    chaos.#workers = await Promise.all(Array.from({ length: WORKERS }, () => arena.startWorker(WORKER)));
    return chaos;
  }

  /** Lets things happen for a while, then stops the faults and waits until everything is equal and true. */
  async schedule(random: Random, { steps, healMs }: { steps: number; healMs: number }): Promise<void> {
    const writing = new AbortController();
    const writers = Array.from({ length: WRITERS }, () =>
      this.#write(new Random(random.int(0, 2 ** 31)), writing.signal),
    );
    for (let step = 0; step < steps; step++) {
      await this.#step(random);
      await sleep(random.pick([0, 20, 100, 300]));
    }
    writing.abort();
    await Promise.all(writers);
    await this.#heal(healMs);
  }

  close(): Promise<void> {
    return this.arena.close();
  }

  async #write(random: Random, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const wrote = await this.#ask((sql) => editAtRandom(sql, random));
      this.#count(wrote ? "edit" : "edit that failed");
      await sleep(random.int(0, 60));
    }
  }

  async #step(random: Random): Promise<void> {
    const happens = random.weighted(this.weights);
    const worker = random.pick(this.#workers);
    const { proxy } = random.pick(this.arena.sites);
    switch (happens) {
      case "fault": {
        const fault = randomFault(random);
        this.#count(fault.kind);
        return await proxy.set(fault);
      }
      case "calm":
        return await proxy.set({ kind: "none" });
      case "kill":
        return await this.#kill(worker);
      case "crash":
        return await this.#replace(worker, random);
      case "freeze":
        this.#count("freeze");
        return worker.freeze();
      case "thaw":
        return worker.thaw();
      case "postgres":
        return await this.#killPostgres();
      case "ask":
        return await this.#request(random);
    }
  }

  /** A worker that just woke may have written late: killed before it can tell, nobody would know. */
  async #kill(worker: WorkerChild): Promise<void> {
    if (worker.isFrozen || Date.now() - worker.thawedAt < SETTLE_MS) return;
    this.#count("kill -9 of a worker");
    await worker.kill();
    await this.#replenish();
  }

  /** Puts a worker in the other's place that will die by itself at some point. */
  async #replace(worker: WorkerChild, random: Random): Promise<void> {
    if (worker.isFrozen || Date.now() - worker.thawedAt < SETTLE_MS) return;
    this.#count("kill -9 at a crash point");
    await worker.kill();
    const crash = {
      point: random.pick(CRASH_POINTS),
      signal: "SIGKILL",
      passage: random.int(1, 20),
    } as const;
    this.#workers = this.#workers.filter((one) => one !== worker);
    this.#workers.push(await this.arena.startWorker({ ...WORKER, crash }).catch(() => worker));
  }

  async #killPostgres(): Promise<void> {
    this.#count("kill -9 of PostgreSQL");
    const text = await readFile(join(this.cluster.dataDir, "data", "postmaster.pid"), "utf8").catch(() => "");
    const pid = Number(text.split("\n")[0]);
    try {
      if (pid > 1) process.kill(pid, "SIGKILL");
    } catch {
      // It is just being started again.
    }
  }

  async #request(random: Random): Promise<void> {
    const request = random.pick(["sync all", "sync one site", "sync one user", "retry"] as const);
    const { id } = random.pick(this.arena.sites);
    const asked = await this.#ask(async (sql) => {
      if (request === "sync all") await sql`select sync_all_start(null, 'chaos')`;
      else if (request === "sync one site") await sql`select sync_all_start(array[${id}::uuid], 'chaos')`;
      else if (request === "sync one user")
        await sql`select sync_user_start((select min(id) from user_profiles), 'chaos')`;
      else await sql`select sync_retry(null, null)`;
    });
    if (asked) this.#count(request);
  }

  async #heal(milliseconds: number): Promise<void> {
    for (const { proxy } of this.arena.sites) await proxy.set({ kind: "none" });
    for (const worker of this.#workers) worker.thaw();
    const deadline = Date.now() + milliseconds;
    for (let round = 0; ; round++) {
      await this.#replenish();
      const found = await differences(this.arena);
      if (found.length === 0) return;
      if (Date.now() > deadline) throw new Error(`Different in the end:\n${found.slice(0, 12).join("\n")}`);
      // As somebody who watches would: blocked sites are tested, and users who were refused retried.
      if (round % 10 === 4) await this.#encourage();
      await sleep(100);
    }
  }

  async #encourage(): Promise<void> {
    await this.#ask(async (sql) => {
      await sql`select site_unblock(id) from connected_sites where health = 'blocked'`;
      await sql`select sync_retry(null, null)`;
    });
  }

  /** Starts workers for those that died. */
  async #replenish(): Promise<void> {
    this.#workers = this.#workers.filter((worker) => !worker.hasEnded);
    while (this.#workers.length < WORKERS) this.#workers.push(await this.arena.startWorker(WORKER));
  }

  /** Asks the centre something on a new connection; false when it could not be done, or nobody knows. */
  async #ask(work: (sql: postgres.Sql) => Promise<unknown>): Promise<boolean> {
    const late = sleep(5_000).then(() => false);
    const asked = this.arena.withCentre(work).then(
      () => true,
      () => false,
    );
    return await Promise.race([asked, late]);
  }

  #count(what: string): void {
    this.done.set(what, (this.done.get(what) ?? 0) + 1);
  }
}
