import type { SiteCounts } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { HEALTHS, healthKey, type SiteHealth } from "./site-health";

/** A site with what is counted there. */
export interface SiteEntry {
  site: Site;
  counts: SiteCounts | undefined;
  health: SiteHealth;
}

/** The sites with their counts, what is wrong first, and then by name. */
export function listSites(sites: readonly Site[], counts: readonly SiteCounts[]): SiteEntry[] {
  const byId = new Map(counts.map((one) => [one.siteId, one]));
  const entries = sites.map((site) => {
    const counted = byId.get(site.id);
    return { site, counts: counted, health: healthKey(site, counted) };
  });
  return entries.sort(
    (one, other) =>
      HEALTHS.indexOf(one.health) - HEALTHS.indexOf(other.health) ||
      one.site.name.localeCompare(other.site.name, "en"),
  );
}

/** The entries of one health (any when null) whose name or address contains the text. */
export function findSites(entries: SiteEntry[], search: string, health: SiteHealth | null): SiteEntry[] {
  const text = search.trim().toLowerCase();
  return entries.filter(
    (entry) =>
      (health === null || entry.health === health) &&
      (text === "" || `${entry.site.name} ${entry.site.url}`.toLowerCase().includes(text)),
  );
}

/** How many users are not there as they should be. */
export function failingAt(counts: SiteCounts | undefined): number {
  return counts ? counts.failed + counts.retrying : 0;
}

/** Since when the oldest change has not reached the site; null when nothing waits. */
export function laggingSince(counts: SiteCounts | undefined): string | null {
  if (!counts || counts.pending + failingAt(counts) === 0) return null;
  return counts.oldestPendingAt ?? null;
}
