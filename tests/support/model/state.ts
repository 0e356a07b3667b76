import type { RemovalPolicy, UserProfile } from "@/lib/sync/core/plan";
import type { LeasedSite } from "@/lib/sync/ports";

/** A row of `user_sync_state`. Times are milliseconds; Infinity is the database's infinity. */
export interface Pair {
  desired: number;
  synced: number;
  status: "pending" | "synced" | "removed" | "kept" | "retrying" | "failed";
  written: boolean;
  attempts: number;
  dueAt: number;
  syncedAt: number;
  runId: string | null;
  errorCode: string | null;
}

export interface ClaimedUser {
  userId: string;
  version: number;
  upsert: boolean;
  attempt: number;
  runId: string | null;
}

/** A row of `sync_claims`. */
export interface ClaimRecord {
  id: string;
  users: ClaimedUser[];
  full: { run: RunSite; cursor: string; fresh: number } | null;
}

/** A row of `sync_run_sites`; `userId` for the sync of one user, done at `version` or above. */
export interface RunSite {
  runId: string;
  startedAt: number;
  finished: boolean;
  succeeded: number;
  failed: number;
  cursor: string;
  userId: string | null;
  version: number;
}

/** A row of `connected_sites` with what belongs to it. */
export interface SiteState {
  id: string;
  name: string;
  kind: LeasedSite["kind"];
  removal: RemovalPolicy;
  health: "ok" | "degraded" | "blocked";
  failures: number;
  errorCode: string | null;
  retryAt: number;
  leaseId: string | null;
  leaseUntil: number;
  releasedLeaseId: string | null;
  pairs: Map<string, Pair>;
  claims: Map<string, ClaimRecord>;
  runs: RunSite[];
}

/** What the central database holds, as far as the engine can tell; credentials and generations are left out. */
export interface CentreState {
  users: Map<string, UserProfile>;
  deleted: Map<string, UserProfile>;
  queue: string[][];
  sites: SiteState[];
  /** `sync_version_seq`. */
  drawn: number;
  /** The last number given to anything that needs a name of its own. */
  named: number;
}

export function emptyCentre(): CentreState {
  return { users: new Map(), deleted: new Map(), queue: [], sites: [], drawn: 0, named: 0 };
}

export function newPair(desired: number, now: number): Pair {
  return {
    desired,
    synced: 0,
    status: "pending",
    written: false,
    attempts: 0,
    dueAt: now,
    syncedAt: 0,
    runId: null,
    errorCode: null,
  };
}

/** One site's part of a full sync, or of the sync of one user. */
export function newRunSite(
  runId: string,
  startedAt: number,
  user: Pick<RunSite, "userId" | "version"> = { userId: null, version: 0 },
): RunSite {
  return { runId, startedAt, finished: false, succeeded: 0, failed: 0, cursor: "", ...user };
}

export function isDirty(pair: Pair): boolean {
  return pair.desired > pair.synced;
}

/** A user's row, or the last one of a user who was deleted. */
export function profileOf(state: CentreState, userId: string): UserProfile {
  const row = state.users.get(userId) ?? state.deleted.get(userId);
  if (!row) throw new Error(`Nobody ever was ${userId}`);
  return row;
}

export function isActive(state: CentreState, userId: string): boolean {
  return state.users.get(userId)?.status === "active";
}

/** `sync_mark_dirty` for one site. */
export function markDirty(state: CentreState, site: SiteState, userId: string, now: number): Pair {
  const pair = site.pairs.get(userId) ?? newPair(0, now);
  Object.assign(pair, {
    desired: ++state.drawn,
    status: "pending",
    attempts: 0,
    dueAt: now,
    errorCode: null,
  });
  site.pairs.set(userId, pair);
  return pair;
}

/** `sync_mark_in_doubt`. */
export function markInDoubt(
  state: CentreState,
  site: SiteState,
  users: readonly { userId: string; upsert: boolean; runId?: string | null }[],
  now: number,
): void {
  for (const { userId, upsert, runId } of users) {
    const pair = site.pairs.get(userId) ?? newPair(0, now);
    if (!isDirty(pair)) Object.assign(pair, { status: "pending", dueAt: now });
    pair.desired = ++state.drawn;
    pair.written ||= upsert;
    pair.runId ??= runId ?? null;
    site.pairs.set(userId, pair);
  }
}
