import type { Tone } from "@/components/ui/badge";
import { count, formatNumber } from "@/components/ui/numbers";
import type { CountedStatus, Overview } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";

export interface SyncSummary {
  tone: Tone;
  text: string;
  /** Where more is told. */
  href: "/sites" | "/users" | "/sync" | "/sync?status=failed" | "/sync?status=retrying";
  busy: boolean;
}

/** How many pairs are in a state, over all sites. */
export function totalOf(overview: Overview, status: CountedStatus): number {
  return overview.sites.reduce((sum, site) => sum + site[status], 0);
}

/** The state of sync in one line: what moves, then the worst, since the rest follows from it. */
export function summarize(overview: Overview, sites: Site[]): SyncSummary {
  return moving(overview, sites) ?? trouble(overview, sites) ?? rest(overview, sites);
}

/** Whether nothing will reach the site until somebody changes something. */
export function isStuck(site: Site): boolean {
  return site.status === "paused" || !site.hasCredentials || site.health === "blocked";
}

/** Fewer changes are gone before anybody has read of them; they would only make the line flicker. */
const MANY = 100;

function moving(overview: Overview, sites: Site[]): SyncSummary | null {
  const stuck = new Set(sites.filter(isStuck).map(({ id }) => id));
  return runMoving(overview, stuck) ?? changesMoving(overview, stuck);
}

function changesMoving(overview: Overview, stuck: Set<string>): SyncSummary | null {
  const sites = overview.sites.filter(({ siteId }) => !stuck.has(siteId));
  const waiting = totalOf({ ...overview, sites }, "pending");
  return waiting < MANY ? null : line("info", `${count(waiting, "change")} waiting`, "/sync", true);
}

function runMoving({ run }: Overview, stuck: Set<string>): SyncSummary | null {
  if (!run || run.kind === "user") return null;
  if (!run.sites.some(({ siteId, finishedAt }) => !finishedAt && !stuck.has(siteId))) return null;
  const done = formatNumber(run.succeeded + run.failed);
  return line("info", `Syncing: ${done} of ${formatNumber(run.total)}`, "/sync", true);
}

function trouble(overview: Overview, sites: Site[]): SyncSummary | null {
  const active = sites.filter((site) => site.status === "active");
  const ready = new Set(active.filter((site) => site.hasCredentials).map(({ id }) => id));
  const blocked = active.filter((site) => ready.has(site.id) && site.health === "blocked");
  const degraded = active.filter((site) => site.health === "degraded");
  const unready = active.filter((site) => !ready.has(site.id));
  const counted = { ...overview, sites: overview.sites.filter(({ siteId }) => ready.has(siteId)) };
  const failed = totalOf(counted, "failed");
  const retrying = totalOf(counted, "retrying");

  if (blocked.length > 0) return line("bad", `${names(blocked)} cannot sync`, "/sites");
  if (failed > 0)
    return line("bad", `${formatNumber(failed)} failing${at(counted, "failed")}`, "/sync?status=failed");
  if (degraded.length > 0) return line("warn", `${names(degraded)}: trying again`, "/sites");
  if (retrying > 0) {
    return line(
      "warn",
      `${formatNumber(retrying)} being retried${at(counted, "retrying")}`,
      "/sync?status=retrying",
    );
  }
  if (overview.newerRows.length > 0)
    return line("warn", `${newer(overview)} newer rows than the list`, "/sync");
  if (unready.length > 0) return line("warn", `${names(unready)}: credentials missing`, "/sites");
  return null;
}

function rest(overview: Overview, sites: Site[]): SyncSummary {
  const waiting = totalOf(overview, "pending");
  if (sites.length === 0) return line("idle", "No site connected yet", "/sites");
  if (sites.every(({ status }) => status === "paused")) return line("idle", "Every site is paused", "/sites");
  if (waiting > 0) return line("info", `${count(waiting, "change")} waiting`, "/sync", true);
  if (overview.waitingChanges > 0) return line("info", "Changes waiting", "/sync", true);
  if (totalOf(overview, "synced") + totalOf(overview, "removed") === 0)
    return line("idle", "Nothing to sync yet", "/users");
  return line("ok", "Everything in sync", "/sync");
}

function line(tone: Tone, text: string, href: SyncSummary["href"], busy = false): SyncSummary {
  return { tone, text, href, busy };
}

function names(sites: Site[]): string {
  return sites.length === 1 ? (sites[0]?.name ?? "") : `${sites.length} sites`;
}

function newer({ newerRows }: Overview): string {
  return newerRows.length === 1 ? `${newerRows[0]?.site} has` : `${newerRows.length} sites have`;
}

function at(overview: Overview, status: CountedStatus): string {
  const places = overview.sites.filter((site) => site[status] > 0);
  return places.length === 1 ? ` at ${places[0]?.site}` : ` at ${places.length} sites`;
}
