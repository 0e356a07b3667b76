"use client";

import { LoaderCircle, X } from "lucide-react";
import Link from "next/link";
import { isStuck } from "@/components/shell/sync-summary";
import { healthOf } from "@/components/sites/site-health";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { IconButton } from "@/components/ui/icon-button";
import { formatNumber } from "@/components/ui/numbers";
import { Progress } from "@/components/ui/progress";
import { RelativeTime } from "@/components/ui/relative-time";
import type { Run } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { CancelButton } from "./cancel-button";
import { paceText } from "./pace";
import { RunHeadline } from "./run-headline";
import { RunSites } from "./run-sites";
import { requestedBy, runLook, STANDSTILL_LOOKS, type Standstill, standstillOf } from "./run-words";

interface RunPanelProps {
  run: Run;
  /** Pairs a second, null while that is not known. */
  rate: number | null;
  sites: Site[];
  onDismiss: () => void;
}

/** A manual sync: its progress while it runs, its summary afterwards. */
export function RunPanel({ run, rate, sites, onDismiss }: RunPanelProps) {
  const still = sites.filter((site) => isStuck(site) || site.health === "degraded");
  const stuck = new Map(still.map((site) => [site.id, healthOf(site).word]));
  const standstill = standstillOf(run, sites);
  const isMoving = !run.finishedAt && !run.cancelledAt && !standstill;
  return (
    <Card className="shrink-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-4 pt-3">
        <div role="status" className="flex min-w-0 flex-1 basis-60 items-center gap-2.5">
          <RunState run={run} standstill={standstill} />
          <p className="min-w-0 truncate font-medium tabular-nums">
            <RunHeadline run={run} standstill={standstill} />
          </p>
        </div>
        <div className="flex shrink-0 items-center gap-3 max-sm:w-full max-sm:justify-between">
          <Link
            href={`/log?runId=${run.id}`}
            className="text-accent-text hover:underline pointer-coarse:py-2.5"
          >
            Show in the log
          </Link>
          <CancelButton run={run} />
          {(run.finishedAt || standstill) && (
            <IconButton label="Dismiss" onClick={onDismiss} className="-mr-2">
              <X aria-hidden />
            </IconButton>
          )}
        </div>
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
          {[...countsOf(run), isMoving ? paceText(run, rate) : ""].filter(Boolean).join(" · ")}
          {run.finishedAt ? " · finished " : " · started "}
          <RelativeTime value={run.finishedAt ?? run.startedAt} /> {requestedBy(run)}
        </p>
      </div>
      <RunSites run={run} stuck={stuck} />
    </Card>
  );
}

function countsOf(run: Run): string[] {
  const counts = [`${formatNumber(run.succeeded)} synced`, `${formatNumber(run.failed)} failed`];
  if (run.cancelledAt) {
    return [...counts, `${formatNumber(run.total - run.succeeded - run.failed)} left out`];
  }
  return run.finishedAt ? counts : [...counts, `${formatNumber(run.pending)} left`];
}

function RunState({ run, standstill }: { run: Run; standstill: Standstill | null }) {
  if (!run.finishedAt && !standstill) {
    return <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin text-accent-text" />;
  }
  const { word, tone, icon } = standstill ? STANDSTILL_LOOKS[standstill.kind] : runLook(run);
  return (
    <Badge tone={tone} icon={icon} className="shrink-0">
      {word}
    </Badge>
  );
}
