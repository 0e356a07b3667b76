import type { Outcome, SiteFailure } from "@/lib/sync/ports";
import {
  type CentreState,
  type ClaimedUser,
  type ClaimRecord,
  isDirty,
  newPair,
  type Pair,
  type SiteState,
} from "@/tests/support/model/state";

interface Settling {
  claimed: ClaimedUser;
  outcome: Outcome;
}

/** `sync_settle`, for a claim that is still there and a caller that holds the lease. */
export function settleClaim(
  state: CentreState,
  site: SiteState,
  claim: ClaimRecord,
  outcomes: readonly Outcome[],
  failure: SiteFailure | null,
  now: number,
): void {
  const byId = new Map(outcomes.map((outcome) => [outcome.userId, outcome]));
  const settling = claim.users.flatMap((claimed) => {
    const outcome = byId.get(claimed.userId);
    return outcome ? [{ claimed, outcome }] : [];
  });
  for (const one of settling) settlePair(state, site, one, now);
  countPage(claim, settling);
  countUsers(site, settling, failure);
  if (failure) {
    const { health, errorCode, retryIn } = failure;
    const retryAt = retryIn === undefined ? Number.POSITIVE_INFINITY : now + retryIn * 1000;
    Object.assign(site, { health, errorCode, retryAt, failures: site.failures + 1 });
  } else if (settling.some(({ outcome }) => LANDED.has(outcome.kind))) {
    Object.assign(site, { health: "ok", failures: 0, errorCode: null, retryAt: now });
  }
}

const LANDED: ReadonlySet<Outcome["kind"]> = new Set(["upserted", "removed", "deactivated"]);

const STATUS = {
  upserted: "synced",
  removed: "removed",
  deactivated: "removed",
  skipped: "removed",
  kept: "kept",
} as const;

/** `sync_settle_states` for one user. */
function settlePair(state: CentreState, site: SiteState, { claimed, outcome }: Settling, now: number): void {
  const { userId, version } = claimed;
  if (outcome.kind === "returned" && outcome.errorCode === undefined) return;
  const pair = site.pairs.get(userId) ?? newPair(version, now);
  site.pairs.set(userId, pair);
  pair.desired = Math.max(pair.desired, version);
  const moved = pair.desired > version;
  if (outcome.kind === "returned") {
    pair.written ||= claimed.upsert;
    pair.runId ??= claimed.runId;
    return;
  }
  if (outcome.kind === "failed") {
    if (!moved) settleFailed(pair, claimed.attempt, outcome, now);
    return;
  }
  pair.synced = Math.max(pair.synced, version);
  const gone = outcome.kind === "removed" || outcome.kind === "skipped";
  pair.written = !gone || (moved && pair.written);
  if (LANDED.has(outcome.kind)) pair.syncedAt = now;
  if (!moved)
    Object.assign(pair, {
      status: STATUS[outcome.kind],
      attempts: 0,
      dueAt: now,
      runId: null,
      errorCode: null,
    });
  if (!pair.written && !isDirty(pair) && !state.users.has(userId)) site.pairs.delete(userId);
}

function settleFailed(
  pair: Pair,
  attempt: number,
  { retryIn, errorCode }: { retryIn?: number; errorCode: string },
  now: number,
): void {
  const dueAt = retryIn === undefined ? Number.POSITIVE_INFINITY : now + retryIn * 1000;
  const status = retryIn === undefined ? "failed" : "retrying";
  Object.assign(pair, { status, attempts: attempt, dueAt, runId: null, errorCode });
}

/** A page of a full sync counts when all of it was tried. */
function countPage({ full }: ClaimRecord, settling: readonly Settling[]): void {
  if (!full || settling.some(({ outcome }) => outcome.kind === "returned")) return;
  const failed = settling.filter(({ outcome }) => outcome.kind === "failed").length;
  full.run.cursor = full.cursor;
  full.run.succeeded += full.fresh + settling.length - failed;
  full.run.failed += failed;
}

/** Syncs of one user end with the user's outcome, or with the site's failure. */
function countUsers(site: SiteState, settling: readonly Settling[], failure: SiteFailure | null): void {
  for (const run of site.runs.filter(({ finished, userId }) => !finished && userId !== null)) {
    const own = settling.find(
      ({ claimed, outcome }) =>
        claimed.userId === run.userId && run.version <= claimed.version && outcome.kind !== "returned",
    );
    if (!own && !failure) continue;
    const failed = own ? own.outcome.kind === "failed" : true;
    Object.assign(run, { finished: true, succeeded: failed ? 0 : 1, failed: failed ? 1 : 0 });
  }
}
