"use client";

import { useMutation } from "@tanstack/react-query";
import { CircleCheck, CircleX, Clock, RefreshCw } from "lucide-react";
import { Badge, type Tone } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { IconButton } from "@/components/ui/icon-button";
import { count } from "@/components/ui/numbers";
import { syncUser } from "@/lib/runs/queries";
import type { UserSyncRun } from "@/lib/runs/request-schema";

/** How long a result stays beside the icon: long enough to be read twice. */
const SHOWN_MS = 6_000;

interface SyncUserButtonProps {
  userId: string;
  name: string;
  /** On which side of the icon the result appears. */
  side?: "left" | "right";
}

/** Sends one user to every site, and tells in place how that went. */
export function SyncUserButton({ userId, name, side = "left" }: SyncUserButtonProps) {
  const sync = useMutation(syncUser);

  function start() {
    sync.mutate(userId, { onSettled: () => setTimeout(sync.reset, SHOWN_MS) });
  }

  const result = sync.data ? resultOf(sync.data) : sync.error ? failure(sync.error.message) : null;
  return (
    <span className="relative inline-flex">
      <IconButton label={`Sync ${name}`} aria-busy={sync.isPending} disabled={sync.isPending} onClick={start}>
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

function resultOf({ results, done }: UserSyncRun): Result {
  const failing = results.filter(({ status }) => status === "failed" || status === "retrying");
  const waiting = results.filter(({ status }) => status === "pending");
  if (results.length === 0) return { tone: "idle", icon: CircleCheck, text: "No site to sync to" };
  if (failing.length > 0) return failure(`Failed at ${failing.map(({ site }) => site).join(", ")}`);
  if (!done || waiting.length > 0) {
    return { tone: "info", icon: Clock, text: `Waiting at ${count(waiting.length, "site")}` };
  }
  return { tone: "ok", icon: CircleCheck, text: `Synced to ${count(results.length, "site")}` };
}

function failure(text: string): Result {
  return { tone: "bad", icon: CircleX, text };
}
