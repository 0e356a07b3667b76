import { Ban, CircleCheck, CircleX, LoaderCircle, type LucideIcon } from "lucide-react";
import type { Tone } from "@/components/ui/badge";
import { count, formatNumber } from "@/components/ui/numbers";
import type { Run } from "@/lib/runs/schema";

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
  const sites = run.sites.length === 1 ? (run.sites[0]?.site ?? "") : count(run.sites.length, "site");
  const done = run.succeeded + run.failed;
  if (run.cancelledAt)
    return `Cancelled after ${formatNumber(done)} of ${formatNumber(run.total)} to ${sites}`;
  if (!run.finishedAt) return `Syncing ${formatNumber(done)} of ${formatNumber(run.total)} to ${sites}`;
  if (run.total === 0) return "There was nothing to sync";
  return run.failed > 0
    ? `${formatNumber(run.failed)} of ${formatNumber(run.total)} failed at ${sites}`
    : `All ${formatNumber(run.total)} synced to ${sites}`;
}

/** Who asked for a run. */
export function requestedBy({ requestedBy }: Run): string {
  if (requestedBy === "credentials") return "after new credentials";
  return requestedBy === "mapping" ? "after a new mapping" : `by ${requestedBy}`;
}

/** The names of the sites for which a run waits, when nothing moves at any that is left; `stuck` are the ids of such sites. */
export function waitsFor(run: Run, stuck: { has(siteId: string): boolean }): string | null {
  const left = run.sites.filter(({ finishedAt }) => !finishedAt);
  if (run.finishedAt || left.length === 0 || !left.every(({ siteId }) => stuck.has(siteId))) return null;
  return left.map(({ site }) => site).join(", ");
}
