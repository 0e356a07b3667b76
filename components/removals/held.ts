import { count } from "@/components/ui/numbers";
import type { Overview } from "@/lib/runs/schema";

/** Removals held at a site. */
export interface HeldAt {
  siteId: string;
  site: string;
  held: number;
  /** How many users the site has, those among them. */
  users: number;
}

/** The sites where removals are held, by name. */
export function heldAt(overview: Overview | undefined): HeldAt[] {
  return (overview?.sites ?? [])
    .filter(({ held }) => held > 0)
    .map(({ siteId, site, held, synced }) => ({ siteId, site, held, users: held + synced }));
}

/** How many removals that are. */
export function totalHeld(sites: readonly HeldAt[]): number {
  return sites.reduce((sum, { held }) => sum + held, 0);
}

/** "400 removals are held at hrms", "800 removals are held at 2 sites". */
export function heldText(sites: readonly HeldAt[]): string {
  const total = totalHeld(sites);
  const where = sites.length === 1 ? sites[0]?.site : `${sites.length} sites`;
  return `${count(total, "removal")} ${total === 1 ? "is" : "are"} held at ${where}`;
}
