import { Pace } from "./core/pace";
import { type DrainOptions, drainSite } from "./drain";
import type { LeasedSite, SideWork } from "./ports";

export interface EngineOptions extends Omit<DrainOptions, "stopping" | "aborting" | "batchSizes"> {
  /** How long to rest when there is nothing to do, in milliseconds: the delay of a change nobody announced. */
  pollMs: number;
  /** Sites drained at once by this worker. */
  maxSites: number;
}

export interface Engine {
  /** Looks for work now instead of at the next poll. */
  wake(): void;
  /** Finishes the batches on their way, gives the leases back and ends, within about 3 s whatever the sites do. */
  stop(): Promise<void>;
  /** When the centre last answered, in the clock's milliseconds; 0 for never. */
  lastTickAt(): number;
  /** Whether a loop beside this one had something to do then; true when that is not known. */
  hasSideWork(work: SideWork): boolean;
}

/** Rest after the centre failed, in milliseconds: long enough not to hammer it, short against the 15 s to resume. */
const CENTRE_REST_MS = 2_000;
/**
 * Sites leased by one call: an edit is at all of few sites after one. More, and a worker would take what others could do
 * at the same time.
 */
const SITES_PER_LEASE = 8;
/**
 * Users whose rows come with the lease, which saves a call. Of more, sites are asked one by one and at the same time; the
 * answer for all sites of a lease would keep the first of them waiting.
 */
const CLAIMED_WITH_LEASE = 20;
const MAINTAIN_MS = 3_600_000;
/** Time for batches on their way after `stop`, in milliseconds; deployments kill what has not ended after 5 to 30 s. */
const FINISH_MS = 2_000;

/** Starts a worker's loop: fan out, lease, drain, rest. It never throws and ends only by `stop`. */
export function startEngine(options: EngineOptions): Engine {
  const { clock, log } = options;
  const stopping = new AbortController();
  const aborting = new AbortController();
  const ended = new AbortController();
  const drains = new Map<string, Promise<void>>();
  const drainOptions: DrainOptions = {
    ...options,
    stopping: stopping.signal,
    aborting: aborting.signal,
    batchSizes: new Map(),
  };
  const pace = new Pace();
  let rest = new AbortController();
  let lastTickAt = 0;
  let maintainedAt = Number.NEGATIVE_INFINITY;
  let sideWork: readonly SideWork[] | undefined;

  const wake = () => rest.abort();

  function begin(site: LeasedSite, askedAt: number): void {
    const drain = drainSite(site, askedAt, drainOptions)
      .then(wake) // not after an error: a drain that fails at once would make a busy loop
      .catch((error: unknown) => log.error({ site: site.name, err: error }, "drain ended early"))
      .finally(() => drains.delete(site.leaseId));
    drains.set(site.leaseId, drain);
  }

  /** Returns whether there may be more to do at once. */
  async function tick(): Promise<boolean> {
    const { users, more, ready, side } = await options.centre.fanOut();
    sideWork = side;
    lastTickAt = clock.now();
    if (users > 0) pace.spend(lastTickAt);
    if (ready) {
      while (drains.size < options.maxSites && !stopping.signal.aborted) {
        const most = Math.min(SITES_PER_LEASE, options.maxSites - drains.size);
        const askedAt = clock.now();
        const sites = await options.centre.leaseSites(options.leaseSeconds, most, CLAIMED_WITH_LEASE);
        for (const site of sites) begin(site, askedAt);
        if (sites.length < most) break;
      }
    }
    if (clock.now() - maintainedAt > MAINTAIN_MS) {
      maintainedAt = clock.now();
      const left = await options.centre.maintain();
      if (left) maintainedAt = Number.NEGATIVE_INFINITY;
    }
    return more;
  }

  async function loop(): Promise<void> {
    let troubled = false;
    while (!stopping.signal.aborted) {
      rest = new AbortController();
      let pause = options.pollMs;
      try {
        if (await tick()) pause = 0;
        if (troubled) log.info({}, "the central database answers again");
        troubled = false;
      } catch (error) {
        if (!troubled) log.error({ err: error }, "the central database does not answer; trying again");
        troubled = true;
        pause = CENTRE_REST_MS;
      }
      // After trouble no wake shortens the rest: drains that fail at once would make it a busy loop.
      const wakers = troubled ? [stopping.signal] : [rest.signal, stopping.signal];
      if (pause > 0) await clock.sleep(pause, AbortSignal.any(wakers));
      const wait = pace.wait(clock.now());
      if (wait > 0) await clock.sleep(wait, stopping.signal);
    }
    void clock.sleep(FINISH_MS, ended.signal).then(() => aborting.abort());
    await Promise.all(drains.values());
    ended.abort();
  }

  const loopEnd = loop();
  return {
    wake,
    stop: () => {
      stopping.abort();
      return loopEnd;
    },
    lastTickAt: () => lastTickAt,
    hasSideWork: (work) => sideWork?.includes(work) ?? true,
  };
}
