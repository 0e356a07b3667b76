import type { Overview } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";

interface Counted {
  done: number;
  failed: number;
  total: number;
}

/** How the first sync of a site stands. */
export type FirstSyncState =
  | { kind: "stopped" }
  | { kind: "empty" }
  | ({ kind: "moving" | "refused" | "done" } & Counted);

/** `stopped`: the site itself cannot take anybody now. `refused`: it took all but some. */
export function firstSyncOf(site: Site, overview: Overview | undefined): FirstSyncState {
  if (site.health !== "ok" && site.error !== null) return { kind: "stopped" };
  const users = overview?.users.active ?? 0;
  const counts = overview?.sites.find(({ siteId }) => siteId === site.id);
  const done = counts?.synced ?? 0;
  const failed = counts ? counts.failed + counts.retrying : 0;
  const pending = counts?.pending ?? 0;
  const total = Math.max(users, done + failed + pending);
  if (overview && total === 0) return { kind: "empty" };
  const counted = { done, failed, total };
  if (!overview || done + failed < total) return { kind: "moving", ...counted };
  return { kind: failed > 0 ? "refused" : "done", ...counted };
}
