import type { Arena } from "@/tests/support/faults/arena";
import type { Crash } from "@/tests/support/faults/crash-points";
import type { WorkerChild } from "@/tests/support/faults/worker-child";

const WORKERS = 4;
/** Shorter than in earnest, so that a schedule of seconds sees leases and requests run out. */
const WORKER = { leaseSeconds: 3, siteTimeoutMs: 1_000 };
const SETTLE_MS = 1_000 * WORKER.leaseSeconds + 2_000;

/** Worker processes of an arena; one that dies is followed by another. */
export class Crew {
  readonly #arena: Arena;
  #workers: WorkerChild[] = [];

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  get workers(): readonly WorkerChild[] {
    return this.#workers;
  }

  /** Starts workers for those that are missing. */
  async replenish(): Promise<void> {
    this.#workers = this.#workers.filter((worker) => !worker.hasEnded);
    const missing = Array.from({ length: WORKERS - this.#workers.length }, () =>
      this.#arena.startWorker(WORKER),
    );
    this.#workers.push(...(await Promise.all(missing)));
  }

  /** Ends a worker at once, unless it could have done what nobody would ever know of; says whether it did. */
  async kill(worker: WorkerChild): Promise<boolean> {
    if (!mayDie(worker)) return false;
    await worker.kill();
    await this.replenish();
    return true;
  }

  /** Puts a worker in the other's place that will die by itself at some point, under the same condition. */
  async replace(worker: WorkerChild, crash: Crash): Promise<boolean> {
    if (!mayDie(worker)) return false;
    await worker.kill();
    this.#workers = this.#workers.filter((one) => one !== worker);
    this.#workers.push(await this.#arena.startWorker({ ...WORKER, crash }).catch(() => worker));
    return true;
  }

  thaw(): void {
    for (const worker of this.#workers) worker.thaw();
  }
}

/** A worker that just woke may have written late: killed before it can tell, nobody would know. */
function mayDie(worker: WorkerChild): boolean {
  return !worker.isFrozen && Date.now() - worker.thawedAt >= SETTLE_MS;
}
