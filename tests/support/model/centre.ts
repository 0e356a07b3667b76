import type { RemovalPolicy, UserProfile } from "@/lib/sync/core/plan";
import type { Claim, LeasedSite, Outcome, SiteFailure } from "@/lib/sync/ports";
import { claimBatch, claimLittle } from "@/tests/support/model/claim";
import { settleClaim } from "@/tests/support/model/settle";
import {
  emptyCentre,
  isActive,
  isDirty,
  markDirty,
  markInDoubt,
  newRunSite,
  type SiteState,
} from "@/tests/support/model/state";

const MESSAGES_PER_FAN_OUT = 20;

/**
 * A small model of the central database: the functions of supabase/migrations that the engine calls, and the requests
 * people make. Every method is one transaction. `tests/support/centre-contract` holds it to the real SQL.
 */
export class ModelCentre {
  readonly state = emptyCentre();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Inserts or changes a user; the row is stamped as the database's trigger does. */
  putUser(id: string, fields: Partial<Omit<UserProfile, "id" | "created_at" | "updated_at">>): void {
    const { users, deleted, queue } = this.state;
    const before = users.get(id);
    const earlier = before ?? deleted.get(id);
    const row: UserProfile = {
      clerk_user_id: id,
      email: `${id}@example.com`,
      full_name: null,
      role: "user",
      team: null,
      department: null,
      status: "active",
      created_at: this.#stamp(undefined),
      ...before,
      ...fields,
      id,
      updated_at: this.#stamp(earlier?.updated_at),
    };
    users.set(id, row);
    deleted.delete(id);
    queue.push([id]);
  }

  deleteUser(id: string): void {
    const { users, deleted, queue } = this.state;
    const row = users.get(id);
    if (!row) return;
    users.delete(id);
    deleted.set(id, { ...row, status: "deleted", updated_at: this.#stamp(row.updated_at) });
    queue.push([id]);
  }

  connectSite(name: string, removal: RemovalPolicy, kind: SiteState["kind"] = "supabase"): SiteState {
    const site: SiteState = {
      id: `site ${name}`,
      name,
      kind,
      removal,
      health: "ok",
      failures: 0,
      errorCode: null,
      retryAt: this.#now(),
      leaseId: null,
      leaseUntil: 0,
      releasedLeaseId: null,
      pairs: new Map(),
      claims: new Map(),
      runs: [],
    };
    this.state.sites.push(site);
    this.startFull([site]);
    return site;
  }

  /** `sync_start_full`: returns the run's name. */
  startFull(sites: readonly SiteState[]): string {
    const runId = `run ${String(++this.state.named).padStart(9, "0")}`;
    for (const site of sites) {
      if (site.health !== "ok") {
        for (const run of site.runs) if (run.userId === null) run.finished = true;
      }
      site.runs.push(newRunSite(runId, this.#now()));
      site.retryAt = Math.min(site.retryAt, this.#now());
    }
    return runId;
  }

  /** `sync_user_start`: returns the run's name, or null when there is no such user. */
  syncUser(userId: string): string | null {
    if (!this.state.users.has(userId)) return null;
    const runId = `run ${String(++this.state.named).padStart(9, "0")}`;
    for (const site of this.state.sites) {
      const pair = markDirty(this.state, site, userId, this.#now());
      pair.runId = runId;
      site.runs.push(newRunSite(runId, this.#now(), { userId, version: pair.desired }));
      site.retryAt = Math.min(site.retryAt, this.#now());
    }
    return runId;
  }

  /** `sync_retry` for everything. */
  retry(): void {
    for (const site of this.state.sites) {
      for (const pair of site.pairs.values()) {
        const waits = pair.status === "retrying" || pair.status === "failed" || site.health !== "ok";
        if (isDirty(pair) && waits) Object.assign(pair, { dueAt: this.#now(), attempts: 0 });
      }
      site.retryAt = Math.min(site.retryAt, this.#now());
    }
  }

  fanOut(): { users: number; more: boolean; ready: boolean } {
    const { queue, sites } = this.state;
    const messages = queue.splice(0, MESSAGES_PER_FAN_OUT);
    const users = new Set(messages.flat());
    for (const userId of users) for (const site of sites) markDirty(this.state, site, userId, this.#now());
    return {
      users: users.size,
      more: messages.length >= MESSAGES_PER_FAN_OUT,
      ready: sites.some((site) => this.#isReady(site)),
    };
  }

  leaseSites(seconds: number, most: number, claimUpTo = 0): LeasedSite[] {
    const ready = this.state.sites.filter((one) => this.#isReady(one));
    const turn = ready.sort((a, b) => a.leaseUntil - b.leaseUntil).slice(0, most);
    return turn.map((site) => {
      const leased = this.#lease(site, seconds);
      return { ...leased, claim: claimLittle(this.state, site, claimUpTo, this.#now()) };
    });
  }

  #lease(site: SiteState, seconds: number): LeasedSite {
    for (const { users } of site.claims.values()) markInDoubt(this.state, site, users, this.#now());
    site.claims.clear();
    const leaseId = `lease ${++this.state.named}`;
    Object.assign(site, { leaseId, leaseUntil: this.#now() + seconds * 1000 });
    const { id, name, kind, removal, failures } = site;
    const reach = { url: "", credentials: "", previousCredentials: [] };
    return { id, name, kind, leaseId, ...reach, removal, failures, inspect: false, disconnecting: false };
  }

  renewLease(leased: LeasedSite, seconds: number): boolean {
    const site = this.#held(leased);
    if (site) site.leaseUntil = this.#now() + seconds * 1000;
    return site !== undefined;
  }

  releaseSite({ id, leaseId }: LeasedSite): void {
    const site = this.siteById(id);
    if (site.leaseId === leaseId) Object.assign(site, { leaseId: null, leaseUntil: this.#now() });
  }

  claim(leased: LeasedSite, maxUsers: number): Claim {
    const site = this.#held(leased);
    return site ? claimBatch(this.state, site, maxUsers, this.#now()) : { kind: "lost" };
  }

  /** `sync_displace`. */
  displace(leased: LeasedSite, userIds: readonly string[]): ReadonlySet<string> {
    const site = this.#held(leased);
    if (!site) return new Set();
    const ours = userIds.filter(
      (id) => isActive(this.state, id) || (site.removal.kind === "delete" && site.pairs.get(id)?.written),
    );
    markInDoubt(
      this.state,
      site,
      ours.map((userId) => ({ userId, upsert: true })),
      this.#now(),
    );
    for (const id of ours) {
      Object.assign(site.pairs.get(id) ?? {}, {
        status: "pending",
        attempts: 0,
        dueAt: this.#now(),
        errorCode: null,
      });
    }
    return new Set(ours);
  }

  settle(leased: LeasedSite, claimId: string, outcomes: Outcome[], failure: SiteFailure | null): boolean {
    const site = this.siteById(leased.id);
    const claim = site.claims.get(claimId);
    site.claims.delete(claimId);
    if (!this.#held(leased)) {
      const users = outcomes.map(({ userId, kind }) => ({ userId, upsert: MAY_HAVE_PUT.has(kind) }));
      markInDoubt(this.state, site, users, this.#now());
      return false;
    }
    if (claim) settleClaim(this.state, site, claim, outcomes, failure, this.#now());
    return true;
  }

  settleLast(leased: LeasedSite, claimId: string, outcomes: Outcome[]): "released" | "more" | "lost" {
    const site = this.siteById(leased.id);
    if (site.releasedLeaseId === leased.leaseId) return "released"; // that answer was lost
    if (!this.settle(leased, claimId, outcomes, null)) return "lost";
    if (hasMore(site, this.#now())) return "more";
    site.releasedLeaseId = leased.leaseId;
    this.releaseSite(leased);
    return "released";
  }

  siteById(id: string): SiteState {
    const site = this.state.sites.find((one) => one.id === id);
    if (!site) throw new Error(`There is no ${id}`);
    return site;
  }

  #isReady(site: SiteState): boolean {
    const now = this.#now();
    return site.retryAt <= now && site.leaseUntil <= now && hasMore(site, now);
  }

  #held({ id, leaseId }: LeasedSite): SiteState | undefined {
    const site = this.siteById(id);
    return site.leaseId === leaseId && site.leaseUntil > this.#now() ? site : undefined;
  }

  /** Now, or a moment after what was there before: never backwards for a row. */
  #stamp(before: string | undefined): string {
    const after = before === undefined ? 0 : Date.parse(before) + 1;
    return new Date(Math.max(this.#now(), after)).toISOString();
  }
}

/** `sync_site_has_more`. */
function hasMore({ claims, runs, pairs }: SiteState, now: number): boolean {
  return (
    claims.size > 0 ||
    runs.some(({ finished, userId }) => !finished && userId === null) ||
    [...pairs.values()].some((pair) => isDirty(pair) && pair.dueAt <= now)
  );
}

const MAY_HAVE_PUT: ReadonlySet<Outcome["kind"]> = new Set(["upserted", "failed", "returned"]);
