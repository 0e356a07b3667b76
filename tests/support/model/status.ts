import { type CentreState, isActive, isDirty, type SiteState } from "@/tests/support/model/state";

/** What the view `user_sync_status` says; undefined when it has no such row. */
export function statusOf(state: CentreState, site: SiteState, userId: string): string | undefined {
  const pair = site.pairs.get(userId);
  if (!pair && !state.users.has(userId)) return undefined;
  const waiting = pair ? isDirty(pair) : isActive(state, userId);
  if (!waiting) return pair?.status ?? "removed";
  if (site.health === "blocked") return "failed";
  if (pair?.status === "retrying" || pair?.status === "failed") return pair.status;
  return site.health === "degraded" ? "retrying" : "pending";
}
