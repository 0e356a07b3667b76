import { eachOf } from "@/lib/sync/adapters/outcomes";
import { type Engine, startEngine } from "@/lib/sync/engine";
import type { Centre, LeasedSite, Log, SiteWriter } from "@/lib/sync/ports";
import type { Random } from "@/tests/support/faults/random";
import type { ModelCentre } from "@/tests/support/model/centre";
import { ModelEndpoint } from "@/tests/support/model/endpoint";
import { endpointWriter } from "@/tests/support/model/endpoint-writer";
import type { ModelSite } from "@/tests/support/model/site";
import type { VirtualClock } from "@/tests/support/model/virtual-clock";

export interface ModelWorld {
  clock: VirtualClock;
  random: Random;
  centre: ModelCentre;
  sites: Map<string, ModelSite | ModelEndpoint>;
  /** How likely a call to the centre is lost, before or after it did its work. */
  centreLoss: number;
}

const LEASE_SECONDS = 9;
const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * The engine in a process that can be killed or frozen at any moment. What it sent before is still on its way and does
 * its work; what comes back is not seen until it is thawed, and never when it is dead.
 */
export class ModelWorker {
  readonly engine: Engine;
  readonly #world: ModelWorld;
  #dead = false;
  #hasThawed = false;
  #frozen: Promise<void> | null = null;
  #thaw: () => void = () => undefined;

  constructor(world: ModelWorld) {
    this.#world = world;
    const { clock, random } = world;
    this.engine = startEngine({
      centre: this.#centre(),
      openSite: async (site) => this.#writer(site),
      clock: {
        now: () => clock.now(),
        random: () => random.next(),
        sleep: async (milliseconds, signal) => {
          await clock.sleep(milliseconds, signal);
          await this.#alive();
        },
      },
      log: silent,
      leaseSeconds: LEASE_SECONDS,
      pollMs: 1_000,
      maxSites: 32,
    });
  }

  /** Whether it ever went on after a pause, perhaps longer than its leases lasted. */
  get hasThawed(): boolean {
    return this.#hasThawed;
  }

  kill(): void {
    this.#dead = true;
    this.thaw();
  }

  freeze(): void {
    this.#frozen ??= new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  thaw(): void {
    this.#hasThawed ||= this.#frozen !== null;
    this.#frozen = null;
    this.#thaw();
  }

  /** Resolves when this process may go on; never when it is dead. */
  async #alive(): Promise<void> {
    while (this.#frozen) await this.#frozen;
    if (this.#dead) await new Promise(() => undefined);
  }

  /** A call over the network: it travels, does its work, and the answer travels back. */
  async #call<T>(work: () => T, loss: number, longestTravelMs = 40): Promise<T> {
    const { clock, random } = this.#world;
    await this.#alive();
    const lostAt = random.chance(loss) ? random.pick(["before", "after"] as const) : null;
    await clock.sleep(random.int(1, longestTravelMs));
    const result = lostAt === "before" ? undefined : work();
    await clock.sleep(random.int(1, 40));
    await this.#alive();
    if (lostAt || result === undefined) throw new Error("The centre does not answer");
    return result;
  }

  #centre(): Centre {
    const { centre } = this.#world;
    const call = <T>(work: () => T) => this.#call(work, this.#world.centreLoss);
    return {
      fanOut: () => call(() => centre.fanOut()),
      leaseSites: (seconds, most, claimUpTo) => call(() => centre.leaseSites(seconds, most, claimUpTo)),
      renewLease: (site, seconds) => call(() => centre.renewLease(site, seconds)),
      releaseSite: async (site) => {
        await call(() => centre.releaseSite(site) ?? null);
      },
      claim: (site, most) => call(() => centre.claim(site, most)),
      displace: (site, userIds) => call(() => centre.displace(site, userIds)),
      settle: (site, claimId, outcomes, failure) =>
        call(() => centre.settle(site, claimId, eachOf(outcomes), failure)),
      recordLook: async () => true,
      settleLast: (site, claimId, outcomes) => call(() => centre.settleLast(site, claimId, eachOf(outcomes))),
      recordNewest: async () => undefined,
      maintain: async () => false,
    };
  }

  #writer(leased: LeasedSite): SiteWriter {
    const site = this.#world.sites.get(leased.id);
    if (!site) throw new Error(`There is no ${leased.id}`);
    if (site instanceof ModelEndpoint) {
      const { random } = this.#world;
      return endpointWriter(leased, (webhookId, body) => {
        const longest = random.chance(0.02) ? 14_000 : 40; // some overtake others, also after a lease
        return this.#call(() => site.receive(webhookId, body), 0, longest);
      });
    }
    return {
      upsert: (targets) => this.#call(() => site.upsert(targets.map(({ row }) => row)), 0),
      remove: (targets) => this.#call(() => site.remove(targets.map(({ userId }) => userId)), 0),
      holders: ({ row }) => this.#call(() => site.holders(row), 0),
      vacate: (holder) => this.#call(() => site.vacate(holder), 0),
    };
  }
}
