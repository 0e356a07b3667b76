import { isStuck } from "@/components/shell/sync-summary";
import type { Overview, SiteCounts } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";

export interface SiteStand {
  site: Site;
  /** Null for a site that is newer than the counts. */
  counts: SiteCounts | null;
}

/**
 * Sites with their counts: those that need a person first, then those that are retried or refuse users, then those that
 * have been waiting longest, then by name.
 */
export function worstFirst(overview: Overview, sites: Site[]): SiteStand[] {
  const counts = new Map(overview.sites.map((site) => [site.siteId, site]));
  return sites
    .map((site) => ({ site, counts: counts.get(site.id) ?? null }))
    .toSorted(
      (one, other) =>
        rank(one) - rank(other) ||
        waitingSince(one).localeCompare(waitingSince(other)) ||
        one.site.name.localeCompare(other.site.name),
    );
}

function rank({ site, counts }: SiteStand): number {
  if (site.waitsForTakeOver) return 1;
  if (site.status === "paused") return 4;
  if (isStuck(site)) return site.hasCredentials ? 0 : 1;
  if (site.health === "degraded") return 1;
  if (counts && counts.failed + counts.retrying + counts.drifted > 0) return 2;
  return 3;
}

/** Sorts what does not wait behind every time. */
function waitingSince({ counts }: SiteStand): string {
  return counts?.oldestPendingAt ?? "9999";
}
