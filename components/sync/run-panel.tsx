"use client";

import { CircleCheck, CircleX, Clock, LoaderCircle, X } from "lucide-react";
import Link from "next/link";
import { isStuck } from "@/components/shell/sync-summary";
import { healthOf } from "@/components/sites/site-health";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { IconButton } from "@/components/ui/icon-button";
import { count, formatNumber } from "@/components/ui/numbers";
import { Progress } from "@/components/ui/progress";
import { RelativeTime } from "@/components/ui/relative-time";
import { ScrollRegion } from "@/components/ui/scroll-region";
import type { Run, RunSite } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";

interface RunPanelProps {
  run: Run;
  sites: Site[];
  onDismiss: () => void;
}

/** A manual sync: its progress while it runs, its summary afterwards. */
export function RunPanel({ run, sites, onDismiss }: RunPanelProps) {
  const stuck = new Map(sites.filter(isStuck).map((site) => [site.id, healthOf(site).word]));
  const left = run.sites.filter(({ finishedAt }) => !finishedAt);
  const waits = !run.finishedAt && left.length > 0 && left.every(({ siteId }) => stuck.has(siteId));
  return (
    <Card className="shrink-0">
      <div role="status" className="flex items-center gap-2.5 px-4 pt-3">
        <RunState run={run} waits={waits} />
        <p className="min-w-0 flex-1 truncate font-medium tabular-nums">
          {waits ? `Waiting for ${left.map(({ site }) => site).join(", ")}` : headline(run)}
        </p>
        <Link href={`/log?run=${run.id}`} className="shrink-0 text-accent-text hover:underline">
          Show in the log
        </Link>
        {(run.finishedAt || waits) && (
          <IconButton label="Dismiss" onClick={onDismiss} className="-mr-2">
            <X aria-hidden />
          </IconButton>
        )}
      </div>
      <div className="px-4 pt-2 pb-3">
        <Progress
          label="All sites"
          done={run.succeeded}
          failed={run.failed}
          total={run.total}
          className="h-2"
        />
        <p className="mt-1.5 text-faint text-xs tabular-nums">
          {formatNumber(run.succeeded)} synced · {formatNumber(run.failed)} failed ·{" "}
          {formatNumber(run.pending)} left
          {" · "}
          {run.finishedAt ? (
            <>
              finished <RelativeTime value={run.finishedAt} />
            </>
          ) : (
            <>
              started <RelativeTime value={run.startedAt} />
            </>
          )}
        </p>
      </div>
      <ScrollRegion label="Progress by site" className="max-h-40 overflow-y-auto border-t px-4 py-2">
        <ul className="grid gap-x-8 sm:grid-cols-2 xl:grid-cols-4">
          {run.sites.map((site) => (
            <SiteProgress
              key={site.siteId}
              site={site}
              stuck={site.finishedAt ? undefined : stuck.get(site.siteId)}
            />
          ))}
        </ul>
      </ScrollRegion>
    </Card>
  );
}

function RunState({ run, waits }: { run: Run; waits: boolean }) {
  if (waits) return <Clock aria-hidden className="size-4 shrink-0 text-warn" />;
  if (!run.finishedAt) {
    return <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin text-accent-text" />;
  }
  return run.failed > 0 ? (
    <Badge tone="bad" icon={CircleX}>
      Finished with failures
    </Badge>
  ) : (
    <Badge tone="ok" icon={CircleCheck}>
      Finished
    </Badge>
  );
}

function headline(run: Run): string {
  const sites = count(run.sites.length, "site");
  if (!run.finishedAt) {
    return `Syncing ${formatNumber(run.succeeded + run.failed)} of ${formatNumber(run.total)} to ${sites}`;
  }
  if (run.total === 0) return "There was nothing to sync";
  return run.failed > 0
    ? `${formatNumber(run.failed)} of ${formatNumber(run.total)} failed at ${sites}`
    : `All ${formatNumber(run.total)} synced to ${sites}`;
}

function SiteProgress({ site, stuck }: { site: RunSite; stuck: string | undefined }) {
  return (
    <li className="min-w-0 space-y-1 py-1.5">
      <div className="flex justify-between gap-3 text-xs">
        <span className="truncate font-medium">{site.site}</span>
        <span className="shrink-0 text-faint tabular-nums">
          {formatNumber(site.succeeded)} of {formatNumber(site.total)}
          {stuck && <span className="text-warn"> · {stuck}</span>}
          {site.failed > 0 && <span className="text-bad"> · {formatNumber(site.failed)} failed</span>}
        </span>
      </div>
      <Progress
        label={site.site}
        done={site.succeeded}
        failed={site.failed}
        total={site.total}
        className="h-1"
      />
    </li>
  );
}
