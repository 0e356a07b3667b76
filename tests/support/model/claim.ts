import type { ClaimItem } from "@/lib/sync/core/plan";
import type { Batch, Claim } from "@/lib/sync/ports";
import {
  type CentreState,
  type ClaimedUser,
  type ClaimRecord,
  isActive,
  isDirty,
  profileOf,
  type SiteState,
} from "@/tests/support/model/state";

/** `sync_claim`, for a caller that holds the lease. */
export function claimBatch(state: CentreState, site: SiteState, maxUsers: number, now: number): Claim {
  return claimDue(state, site, maxUsers, now) ?? claimPage(state, site, maxUsers);
}

/** `sync_claim_little`, for a site just leased. */
export function claimLittle(state: CentreState, site: SiteState, maxUsers: number, now: number) {
  const due = [...site.pairs].filter(([, pair]) => isDirty(pair) && pair.dueAt <= now);
  const isLittle = due.length <= maxUsers && due.every(([userId]) => isActive(state, userId));
  return (isLittle && site.failures === 0 && claimDue(state, site, maxUsers, now)) || undefined;
}

function claimDue(state: CentreState, site: SiteState, maxUsers: number, now: number): Batch | null {
  const onTheirWay = new Set([...site.claims.values()].flatMap(({ users }) => users.map((u) => u.userId)));
  const due = [...site.pairs]
    .filter(([userId, pair]) => isDirty(pair) && pair.dueAt <= now && !onTheirWay.has(userId))
    .sort(([a, p], [b, q]) => p.dueAt - q.dueAt || compare(a, b))
    .slice(0, maxUsers);
  if (due.length === 0) return null;
  const users = due.map(([userId, pair]) => ({
    userId,
    version: pair.desired,
    upsert: isActive(state, userId),
    attempt: pair.attempts + 1,
    runId: pair.runId,
  }));
  const isFull = (runId: string) => site.runs.some((run) => run.runId === runId && run.userId === null);
  const why = ({ attempt, runId }: ClaimedUser) => {
    if (attempt > 1) return "retry";
    return runId ? (isFull(runId) ? "full" : "manual") : "change";
  };
  return record(state, site, users, why, null);
}

/** The next page of the oldest full sync; ends the sync when there is none. */
function claimPage(state: CentreState, site: SiteState, maxUsers: number): Claim {
  while (true) {
    const run = site.runs
      .filter(({ finished, userId }) => !finished && userId === null)
      .sort((a, b) => a.startedAt - b.startedAt || compare(a.runId, b.runId))[0];
    if (!run) return { kind: "empty" };
    const open = [...site.claims.values()].flatMap(({ full }) => (full?.run === run ? [full.cursor] : []));
    const from = open.sort(compare).at(-1) ?? run.cursor;
    const version = ++state.drawn;
    const page = [...state.users.keys()]
      .filter((id) => isActive(state, id) && compare(id, from) > 0)
      .sort(compare)
      .slice(0, maxUsers);
    const toSend = page.filter((id) => !isFresh(site, id, run.startedAt));
    const cursor = page.at(-1);
    if (cursor !== undefined && toSend.length > 0) {
      const users = toSend.map((userId) => ({
        userId,
        version,
        upsert: true,
        attempt: (site.pairs.get(userId)?.attempts ?? 0) + 1,
        runId: run.runId,
      }));
      return record(state, site, users, () => "full", { run, cursor, fresh: page.length - toSend.length });
    }
    if (open.length > 0) return { kind: "empty" };
    if (cursor === undefined) run.finished = true;
    else Object.assign(run, { cursor, succeeded: run.succeeded + page.length });
  }
}

/** Whether a user was confirmed at the site since the full sync began. */
function isFresh(site: SiteState, userId: string, since: number): boolean {
  const pair = site.pairs.get(userId);
  return pair !== undefined && !isDirty(pair) && pair.status === "synced" && pair.syncedAt >= since;
}

function record(
  state: CentreState,
  site: SiteState,
  users: ClaimedUser[],
  why: (user: ClaimedUser) => ClaimItem["trigger"],
  full: ClaimRecord["full"],
): Batch {
  const claimId = `claim ${++state.named}`;
  site.claims.set(claimId, { id: claimId, users, full });
  const items = users.map((user) => ({
    userId: user.userId,
    trigger: why(user),
    attempt: user.attempt,
    runId: user.runId,
    written: site.pairs.get(user.userId)?.written ?? false,
    user: profileOf(state, user.userId),
  }));
  return { kind: "batch", claimId, users: items.length, items };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
