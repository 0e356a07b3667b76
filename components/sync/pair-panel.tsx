"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { May } from "@/components/access/may";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { formatNumber } from "@/components/ui/numbers";
import { RelativeTime } from "@/components/ui/relative-time";
import { Loaded } from "@/components/ui/states";
import { userStatesQuery } from "@/lib/runs/queries";
import type { PairState } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { canRetry, pairLooks } from "./pair-status";
import { RetryButton, SyncAgainButton } from "./retry-button";
import type { MatrixRow } from "./use-matrix-rows";

interface PairPanelProps {
  row: MatrixRow;
  site: Site;
  onClose: () => void;
}

/** All that is known about one user at one site. */
export function PairPanel({ row, site, onClose }: PairPanelProps) {
  const states = useQuery(userStatesQuery(row.id, row.version));
  const name = row.name ?? row.email ?? row.id;
  const state = states.data?.find(({ site_id }) => site_id === site.id);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      side="right"
      title={`${name} at ${site.name}`}
      description={row.email}
    >
      <DialogBody>
        <Loaded query={states}>
          {() =>
            state ? <PairDetails state={state} site={site} /> : <p>This user has not been sent here yet.</p>
          }
        </Loaded>
      </DialogBody>
      <DialogFooter>
        <Button asChild>
          <Link href={`/log?user=${encodeURIComponent(row.id)}&site=${site.id}`}>Show in the log</Link>
        </Button>
        <May scope="sync:run">
          {state && canRetry(state) ? (
            <RetryButton input={{ userId: row.id, siteId: site.id }} />
          ) : (
            <SyncAgainButton userId={row.id} />
          )}
        </May>
      </DialogFooter>
    </Dialog>
  );
}

function PairDetails({ state, site }: { state: PairState; site: Site }) {
  const { word, tone, icon, meaning } = pairLooks[state.status];
  return (
    <>
      <div className="space-y-1.5">
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>
        <p className="text-soft">{meaningAt(site, state.status) ?? meaning}</p>
      </div>
      {state.error && (
        <div className="space-y-2 break-words rounded-lg bg-bad-soft px-3 py-2.5">
          <div>
            <h3 className="font-medium text-bad">Why it failed</h3>
            <p className="text-ink">{state.error}</p>
          </div>
          {state.advice && (
            <div>
              <h3 className="font-medium text-bad">What to do</h3>
              <p className="text-ink">{state.advice}</p>
            </div>
          )}
        </div>
      )}
      <dl className="divide-y border-y">
        <Fact name="Last success">
          {state.synced_at ? <RelativeTime value={state.synced_at} /> : "Never"}
        </Fact>
        <Fact name="Last attempt">
          {state.attempted_at ? <RelativeTime value={state.attempted_at} /> : "None yet"}
        </Fact>
        <Fact name="Attempts since the last success">{formatNumber(state.attempts)}</Fact>
        {state.status === "retrying" && state.retry_at && (
          <Fact name="Next attempt">
            <RelativeTime value={state.retry_at} />
          </Fact>
        )}
        {state.error_code && (
          <Fact name="Code">
            <code className="font-mono text-xs">{state.error_code}</code>
          </Fact>
        )}
      </dl>
    </>
  );
}

/** What a state means where the site's own settings change it. */
function meaningAt(site: Site, status: PairState["status"]): string | null {
  if (status === "pending" && site.status === "paused")
    return "The site is paused. The change goes out when it is resumed.";
  if (status === "removed" && site.removalPolicy === "deactivate")
    return `This user is inactive, and so is their row at the site, if it has one (${site.removalColumn}).`;
  return null;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex justify-between gap-4 py-2">
      <dt className="text-soft">{name}</dt>
      <dd className="min-w-0 break-all text-right tabular-nums">{children}</dd>
    </div>
  );
}
