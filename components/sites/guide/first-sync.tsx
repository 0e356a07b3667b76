"use client";

import { useQuery } from "@tanstack/react-query";
import { ArrowRight, CircleCheck, LoaderCircle, type LucideIcon, TriangleAlert } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { OwnUsers } from "@/components/take-over/own-users";
import { type Tone, toneText } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { count, formatNumber } from "@/components/ui/numbers";
import { Progress } from "@/components/ui/progress";
import { overviewQuery } from "@/lib/runs/queries";
import type { Site } from "@/lib/sites/schema";
import { sitePath } from "../site-path";
import { type FirstSyncState, firstSyncOf } from "./first-sync-state";

interface FirstSyncProps {
  site: Site;
  onBack: () => void;
  onClose: () => void;
}

/** The last step of a new site: everybody arrives there, or why not. It goes on without the panel, too. */
export function FirstSync({ site, onBack, onClose }: FirstSyncProps) {
  const { data: overview } = useQuery(overviewQuery);
  if (site.waitsForTakeOver) return <OwnUsers site={site} onClose={onClose} />;
  const state = firstSyncOf(site, overview);
  const over = state.kind === "done" || state.kind === "empty";
  return (
    <>
      <DialogBody>
        <State state={state} site={site} />
      </DialogBody>
      <DialogFooter>
        {state.kind === "stopped" && <Button onClick={onBack}>Change the settings</Button>}
        <Button onClick={onClose}>{over ? "Close" : "Close and let it go on"}</Button>
        <Button asChild variant={over ? "primary" : "secondary"}>
          <Link href={sitePath(site.id)}>
            Go to the site
            <ArrowRight aria-hidden />
          </Link>
        </Button>
      </DialogFooter>
    </>
  );
}

function State({ state, site }: { state: FirstSyncState; site: Site }) {
  switch (state.kind) {
    case "stopped":
      return (
        <Told icon={TriangleAlert} tone={site.health === "blocked" ? "bad" : "warn"} title={site.error}>
          {site.advice}
        </Told>
      );
    case "empty":
      return (
        <Told icon={CircleCheck} tone="ok" title={`${site.name} is ready.`}>
          There are no users yet. Whoever you add arrives there within a second.
        </Told>
      );
    case "done":
      return (
        <>
          <Bar {...state} />
          <Told
            icon={CircleCheck}
            tone="ok"
            title={
              state.total === 1
                ? `1 user is at ${site.name}.`
                : `All ${formatNumber(state.total)} users are at ${site.name}.`
            }
          >
            Every change from now on follows by itself.
          </Told>
        </>
      );
    case "refused":
      return (
        <>
          <Bar {...state} />
          <Told
            icon={TriangleAlert}
            tone="warn"
            title={`${formatNumber(state.done)} of ${count(state.total, "user")} ${state.total === 1 ? "is" : "are"} at ${site.name}.`}
          >
            {count(state.failed, "user")} {state.failed === 1 ? "was" : "were"} refused. The site's page says
            why, and what to do.
          </Told>
        </>
      );
    case "moving":
      return (
        <>
          <Bar {...state} />
          <Told
            icon={LoaderCircle}
            spins
            tone="info"
            title={`${formatNumber(state.done)} of ${count(state.total, "user")} sent.`}
          >
            It goes on by itself, also when you leave.
          </Told>
        </>
      );
  }
}

function Bar({ done, failed, total }: { done: number; failed: number; total: number }) {
  return <Progress label="Users sent" done={done} failed={failed} total={total} className="h-2" />;
}

interface ToldProps {
  icon: LucideIcon;
  tone: Tone;
  title: string | null;
  spins?: boolean;
  children: ReactNode;
}

function Told({ icon: Icon, tone, title, spins, children }: ToldProps) {
  return (
    <div role="status" className="flex gap-3">
      <Icon aria-hidden className={cn("mt-0.5 size-4.5 shrink-0", toneText[tone], spins && "animate-spin")} />
      <div className="min-w-0 break-words">
        <p className="font-medium tabular-nums">{title}</p>
        <p className="text-soft">{children}</p>
      </div>
    </div>
  );
}
