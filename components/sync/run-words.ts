import { Ban, CircleCheck, CircleX, Clock, LoaderCircle, type LucideIcon, RotateCw } from "lucide-react";
import { isStuck } from "@/components/shell/sync-summary";
import type { Tone } from "@/components/ui/badge";
import { count, formatNumber } from "@/components/ui/numbers";
import type { Run } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";

interface RunLook {
  word: string;
  tone: Tone;
  icon: LucideIcon;
}

/** How the state of a run is shown. */
export function runLook(run: Run): RunLook {
  if (run.cancelledAt && !run.finishedAt) return { word: "Cancelling", tone: "idle", icon: LoaderCircle };
  if (run.cancelledAt) return { word: "Cancelled", tone: "idle", icon: Ban };
  if (!run.finishedAt) return { word: "Running", tone: "info", icon: LoaderCircle };
  return run.failed > 0
    ? { word: "Finished with failures", tone: "bad", icon: CircleX }
    : { word: "Finished", tone: "ok", icon: CircleCheck };
}

/** What a run has done, in a line. */
export function runHeadline(run: Run): string {
  const sites = namesOf(run.sites);
  const done = run.succeeded + run.failed;
  if (run.cancelledAt)
    return `Cancelled after ${formatNumber(done)} of ${formatNumber(run.total)} to ${sites}`;
  if (!run.finishedAt) return `Syncing ${formatNumber(done)} of ${formatNumber(run.total)} to ${sites}`;
  if (run.total === 0) return "There was nothing to sync";
  return run.failed > 0
    ? `${formatNumber(run.failed)} of ${formatNumber(run.total)} failed at ${namesOf(run.sites.filter(({ failed }) => failed > 0))}`
    : `All ${formatNumber(run.total)} synced to ${sites}`;
}

function namesOf(sites: Run["sites"]): string {
  return sites.length === 1 ? (sites[0]?.site ?? "") : count(sites.length, "site");
}

/** What starts the sync of a site by itself, as the centre names it. */
const CAUSES = new Map([
  ["credentials", "after new credentials"],
  ["mapping", "after a new mapping"],
  ["scope", "after a new scope"],
  ["take-over", "after its take-over"],
  ["cancelled", "after disconnecting it was cancelled"],
]);

/** Who asked for a run, or what it followed. */
export function requestedBy({ kind, requestedBy }: Pick<Run, "kind" | "requestedBy">): string {
  return (kind === "site" && CAUSES.get(requestedBy)) || `by ${requestedBy}`;
}

/** Why nothing moves in a run that has not ended: the sites that are left wait for a person, or are tried again at a time. */
export interface Standstill {
  kind: "waits" | "retried";
  /** The names of these sites. */
  sites: string;
  /** When the first of them is tried again. */
  retryAt: string | null;
}

/** What a run stands still for, null while it moves at some site or has ended. */
export function standstillOf(run: Run, sites: readonly Site[]): Standstill | null {
  const unfinished = run.sites.filter(({ finishedAt }) => !finishedAt);
  const left = sites.filter(({ id }) => unfinished.some(({ siteId }) => siteId === id));
  const retried = left.filter((site) => !isStuck(site) && site.health === "degraded");
  const stuck = left.filter(isStuck);
  const moves = retried.length + stuck.length < unfinished.length;
  if (run.finishedAt || unfinished.length === 0 || moves) return null;
  const kind = retried.length > 0 ? "retried" : "waits";
  return {
    kind,
    sites: (kind === "retried" ? retried : stuck).map(({ name }) => name).join(", "),
    retryAt: retried.map(({ retryAt }) => retryAt ?? "").toSorted()[0] || null,
  };
}

/** How a standstill is shown in place of the run's own state. */
export const STANDSTILL_LOOKS: Record<Standstill["kind"], RunLook> = {
  waits: { word: "Waiting", tone: "warn", icon: Clock },
  retried: { word: "Retrying", tone: "warn", icon: RotateCw },
};
