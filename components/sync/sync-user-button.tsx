"use client";

import { useMutation } from "@tanstack/react-query";
import { CircleCheck, CircleX, Clock, RefreshCw } from "lucide-react";
import { useState } from "react";
import { Badge, type Tone } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { IconButton } from "@/components/ui/icon-button";
import { count } from "@/components/ui/numbers";
import type { CellProps } from "@/components/ui/use-grid-focus";
import { syncUserToEnd } from "@/lib/runs/request-queries";
import type { UserSyncRun } from "@/lib/runs/request-schema";
import type { SiteResult } from "@/lib/runs/schema";
import { isSetAside } from "./reason-words";

/** How long a result stays beside the icon: long enough to be read twice. */
const SHOWN_MS = 6_000;

interface SyncUserButtonProps {
  userId: string;
  name: string;
  /** On which side of the icon the result appears. */
  side?: "left" | "right";
  /** Where the icon is the control of a grid's cell. */
  control?: CellProps;
}

/**
 * Sends one user to every site, and tells in place how that went. Where sites do not answer in time it says who is waited
 * for, and goes on looking until it knows.
 */
export function SyncUserButton({ userId, name, side = "left", control }: SyncUserButtonProps) {
  const [sofar, setSofar] = useState<UserSyncRun | null>(null);
  const sync = useMutation(syncUserToEnd(userId, setSofar));

  function start() {
    setSofar(null);
    sync.mutate(undefined, { onSettled: () => setTimeout(sync.reset, SHOWN_MS) });
  }

  const answer = sync.isPending ? sofar : sync.data;
  const result = answer ? resultOf(answer) : sync.error ? failure(sync.error.message) : null;
  return (
    <span className="relative inline-flex">
      <IconButton
        {...control}
        label={`Sync ${name}`}
        aria-busy={sync.isPending}
        disabled={sync.isPending}
        onClick={start}
      >
        <RefreshCw aria-hidden className={cn(sync.isPending && "animate-spin")} />
      </IconButton>
      <span
        role="status"
        className={cn(
          "-translate-y-1/2 absolute top-1/2 z-20",
          side === "left" ? "right-full mr-1" : "left-full ml-1",
        )}
      >
        {result && (
          <Badge
            tone={result.tone}
            icon={result.icon}
            className="h-7 animate-appear border bg-surface shadow-float"
          >
            {result.text}
          </Badge>
        )}
      </span>
    </span>
  );
}

interface Result {
  tone: Tone;
  icon: typeof CircleCheck;
  text: string;
}

/** What a run did, by the states that its sites are in now. */
function resultOf({ results, done }: { results: SiteResult[]; done: boolean }): Result {
  if (results.length === 0) return { tone: "idle", icon: CircleCheck, text: "No site to sync to" };
  const failing = results.filter(({ status }) => status === "failed" || status === "retrying");
  if (failing.length > 0) return failure(`Failed at ${failing.map(({ site }) => site).join(", ")}`);
  // A site that is paused, or waits for its take-over, has no part, so nothing is on its way there.
  const paused = results.filter(({ errorCode }) => isSetAside(errorCode));
  const waiting = results.filter((one) => one.status === "pending" && !paused.includes(one));
  if (!done || waiting.length > 0) {
    return { tone: "info", icon: Clock, text: `Waiting for ${placesOf(waiting)}` };
  }
  const reached = results.filter((one) => !paused.includes(one));
  if (reached.length === 0) {
    return { tone: "idle", icon: Clock, text: `Waiting at ${count(paused.length, "site")}` };
  }
  const aside = paused.length > 0 ? `, waiting at ${paused.length}` : "";
  const gone = reached.every(({ status }) => status === "removed" || status === "kept");
  const word = gone ? "Inactive at" : "Synced to";
  return { tone: "ok", icon: CircleCheck, text: `${word} ${count(reached.length, "site")}${aside}` };
}

function placesOf(waiting: SiteResult[]): string {
  return waiting.length === 1 ? (waiting[0]?.site ?? "") : count(waiting.length, "site");
}

function failure(text: string): Result {
  return { tone: "bad", icon: CircleX, text };
}
