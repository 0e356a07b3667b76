import type { Tone } from "@/components/ui/badge";
import { count, formatNumber } from "@/components/ui/numbers";
import type { CountedStatus, Overview } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";

export interface SyncSummary {
  tone: Tone;
  text: string;
  /** Where more is told. */
  href: "/sites" | "/users" | "/sync" | "/removals" | "/sync?status=failed" | "/sync?status=retrying";
  busy: boolean;
}

/** How many pairs are in a state, over all sites. */
export function totalOf(overview: Overview, status: CountedStatus): number {
  return overview.sites.reduce((sum, site) => sum + site[status], 0);
}

/**
 * The state of sync in one line: how much is still to be done, what is wrong and where, or that all is well. Of several
 * troubles the worst is told, since the rest follows from it.
 */
export function summarize(overview: Overview, sites: Site[], where: Where = names): SyncSummary {
  const busy = moving(overview, sites);
  const wrong = trouble(overview, sites, where);
  if (busy && wrong) return { ...wrong, text: `${busy.text} · ${wrong.text}`, busy: true };
  return busy ?? wrong ?? rest(overview, sites);
}

/** Whether nothing will reach the site until somebody changes something. */
export function isStuck(site: Site): boolean {
  return site.status === "paused" || !site.hasCredentials || site.health === "blocked";
}

/** Fewer changes are gone before anybody has read of them; they would only make the line flicker. */
const MANY = 100;

function moving(overview: Overview, sites: Site[]): SyncSummary | null {
  const stuck = new Set(sites.filter(isStuck).map(({ id }) => id));
  const retried = sites.filter(({ health }) => health === "degraded").map(({ id }) => id);
  return runMoving(overview, new Set([...stuck, ...retried])) ?? changesMoving(overview, stuck);
}

function changesMoving(overview: Overview, stuck: Set<string>): SyncSummary | null {
  const sites = overview.sites.filter(({ siteId }) => !stuck.has(siteId));
  const waiting = totalOf({ ...overview, sites }, "pending");
  return waiting < MANY ? null : line("info", `${count(waiting, "change")} waiting`, "/sync", true);
}

function runMoving({ run }: Overview, still: Set<string>): SyncSummary | null {
  if (!run || run.kind === "user") return null;
  if (!run.sites.some(({ siteId, finishedAt }) => !finishedAt && !still.has(siteId))) return null;
  return line("info", `Syncing: ${formatNumber(run.pending)} left`, "/sync", true);
}

function trouble(overview: Overview, sites: Site[], where: Where): SyncSummary | null {
  const active = sites.filter((site) => site.status === "active");
  const ready = new Set(active.filter((site) => site.hasCredentials).map(({ id }) => id));
  const blocked = active.filter((site) => ready.has(site.id) && site.health === "blocked");
  const degraded = active.filter((site) => site.health === "degraded");
  const unready = active.filter((site) => !ready.has(site.id));
  const atReady = { ...overview, sites: overview.sites.filter(({ siteId }) => ready.has(siteId)) };
  const failed = totalOf(atReady, "failed");
  const retrying = totalOf(atReady, "retrying");

  if (blocked.length > 0) return line("bad", `${where(blocked)} cannot sync`, "/sites");
  if (failed > 0)
    return line(
      "bad",
      `${formatNumber(failed)} failing${at(atReady, "failed", where)}`,
      "/sync?status=failed",
    );
  if (degraded.length > 0) return line("warn", `${where(degraded)}: retrying`, "/sites");
  if (retrying > 0) {
    return line(
      "warn",
      `${formatNumber(retrying)} being retried${at(atReady, "retrying", where)}`,
      "/sync?status=retrying",
    );
  }
  const held = totalOf(atReady, "held");
  if (held > 0)
    return line("warn", `${count(held, "removal")} held${at(atReady, "held", where)}`, "/removals");
  const drifted = overview.sites.filter((site) => site.drifted > 0);
  if (drifted.length > 0) {
    const pairs = drifted.reduce((sum, site) => sum + site.drifted, 0);
    const places = drifted.map(({ site }) => ({ name: site }));
    return line("warn", `${count(pairs, "user")} not as in the list at ${counted(places)}`, "/sites");
  }
  if (overview.newerRows.length > 0)
    return line("warn", `${newer(overview, where)} newer rows than the list`, "/sync");
  if (unready.length > 0) return line("warn", `${where(unready)}: credentials missing`, "/sites");
  const undecided = sites.filter((site) => site.waitsForTakeOver);
  return undecided.length > 0 ? line("warn", `${where(undecided)}: users to decide about`, "/sites") : null;
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

/** Says of which places something is told. */
type Where = (places: { name: string }[]) => string;

/** One by its name, several by how many there are: what is told of them fits beside it in a narrow window. */
export function counted(places: { name: string }[]): string {
  const [only] = places;
  return places.length === 1 && only ? shortened(only.name) : `${formatNumber(places.length)} sites`;
}

/** Both of two, and the first of many. */
function names(places: { name: string }[]): string {
  const [first, second] = places.map(({ name }) => shortened(name));
  if (places.length <= 2) return [first, second].filter(Boolean).join(" and ");
  return `${first} and ${formatNumber(places.length - 1)} more`;
}

const LONG = 16;

/** A name that leaves room for what is said of it. */
function shortened(name: string): string {
  const letters = Array.from(name);
  if (letters.length <= LONG) return isolated(name);
  const beginning = letters.slice(0, LONG - 1).join("");
  return isolated(`${beginning.trimEnd()}…`);
}

/** A name that is written from right to left must not turn what is said of it around (https://www.unicode.org/reports/tr9/). */
function isolated(name: string): string {
  return RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name;
}

/** Letters that are, and marks that make others so. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff]/;

function newer({ newerRows }: Overview, where: Where): string {
  return `${where(newerRows.map(({ site }) => ({ name: site })))} ${newerRows.length === 1 ? "has" : "have"}`;
}

function at(overview: Overview, status: CountedStatus, where: Where): string {
  const places = overview.sites.filter((site) => site[status] > 0);
  return ` at ${where(places.map(({ site }) => ({ name: site })))}`;
}
