"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { May } from "@/components/access/may";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { formatNumber } from "@/components/ui/numbers";
import { ComingTime, RelativeTime } from "@/components/ui/relative-time";
import { Loaded } from "@/components/ui/states";
import { userStatesQuery } from "@/lib/runs/queries";
import type { PairState } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { PairAttempts } from "./pair-attempts";
import { PairRows } from "./pair-rows";
import { canRetry, nextAttempt, pairLooks } from "./pair-status";
import { asSentence, isSetAside } from "./reason-words";
import { RetryButton, SyncNowButton } from "./retry-button";

interface PairPanelProps {
  userId: string;
  site: Site;
  onClose: () => void;
}

/** All that is known about one user at one site. */
export function PairPanel({ userId, site, onClose }: PairPanelProps) {
  const states = useQuery(userStatesQuery(userId, null));
  const state = states.data?.find(({ site_id }) => site_id === site.id);
  const known = states.data?.[0];
  const name = known?.full_name || known?.email || userId;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      side="half"
      title={`${name} at ${site.name}`}
      description={known?.email}
    >
      <DialogBody>
        <Loaded query={states}>
          {() =>
            state ? <PairDetails state={state} site={site} /> : <p>This user has not been sent here yet.</p>
          }
        </Loaded>
        <PairRows userId={userId} siteId={site.id} site={site.name} version={state?.attempted_at ?? null} />
        <PairAttempts userId={userId} siteId={site.id} />
      </DialogBody>
      <DialogFooter>
        {state?.status === "held" ? (
          <ReviewHeld user={state.email ?? userId} />
        ) : (
          <May scope="sync:run">
            {state && canRetry(state) ? (
              <RetryButton input={{ userId, siteId: site.id }} />
            ) : (
              <SyncNowButton userId={userId} siteId={site.id} />
            )}
          </May>
        )}
      </DialogFooter>
    </Dialog>
  );
}

/** Nothing is sent while a removal waits for a decision, so this leads to it. */
function ReviewHeld({ user }: { user: string }) {
  return (
    <Button asChild variant="primary">
      <Link href={`/removals?q=${encodeURIComponent(user)}`}>Review the removal</Link>
    </Button>
  );
}

function PairDetails({ state, site }: { state: PairState; site: Site }) {
  const { word, tone, icon, meaning } = pairLooks[state.status];
  // Nothing failed: what it waits for is said with the state.
  const waits = isSetAside(state.error_code);
  return (
    <>
      <div className="space-y-1.5">
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>
        <p className="text-soft">{meaningAt(site, state.status) ?? meaning}</p>
      </div>
      {!waits && <Trouble state={state} />}
      <dl className="divide-y border-y">
        <Fact name="Last success">
          {state.synced_at ? <RelativeTime value={state.synced_at} /> : "Never"}
        </Fact>
        {state.verified_at && (
          <Fact name="Seen there">
            <RelativeTime value={state.verified_at} />
          </Fact>
        )}
        {state.drifted_at && (
          <Fact name="Found otherwise">
            <RelativeTime value={state.drifted_at} />
          </Fact>
        )}
        <Fact name="Last attempt">
          {state.attempted_at ? <RelativeTime value={state.attempted_at} /> : "None yet"}
        </Fact>
        <Fact name="Attempts since the last success">{formatNumber(state.attempts)}</Fact>
        {state.status === "retrying" && state.retry_at && (
          <Fact name="Next attempt">
            <ComingTime value={nextAttempt(state.retry_at, site)} />
          </Fact>
        )}
        {state.error_code && !waits && (
          <Fact name="Code">
            <code className="font-mono text-xs">{state.error_code}</code>
          </Fact>
        )}
      </dl>
    </>
  );
}

const TROUBLES: Partial<Record<PairState["status"], string>> = {
  pending: "What it waits for",
  held: "Why it is held",
  different: "What was found",
  missing: "What was found",
  extra: "What was found",
};

/** What stands in the way and what to do; red only where nothing goes on by itself. */
function Trouble({ state: { status, error, advice } }: { state: PairState }) {
  if (!error) return null;
  const head = cn("font-medium", status === "failed" ? "text-bad" : "text-warn");
  return (
    <div
      className={cn(
        "space-y-2 break-words rounded-lg px-3 py-2.5",
        status === "failed" ? "bg-bad-soft" : "bg-warn-soft",
      )}
    >
      <div>
        <h3 className={head}>{TROUBLES[status] ?? "Why it failed"}</h3>
        <p className="text-ink">{asSentence(error)}</p>
      </div>
      {advice && (
        <div>
          <h3 className={head}>What to do</h3>
          <p className="text-ink">{advice}</p>
        </div>
      )}
    </div>
  );
}

/** What a state means where the site's own settings change it. */
function meaningAt(site: Site, status: PairState["status"]): string | null {
  if (status === "pending" && site.waitsForTakeOver)
    return "The site has users of its own. Nothing is written there before somebody decides about them, under Take over on the site's page.";
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
