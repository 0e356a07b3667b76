"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { pairLooks } from "@/components/sync/pair-status";
import { toneText } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { count } from "@/components/ui/numbers";
import { Skeleton } from "@/components/ui/states";
import { userStatesQuery } from "@/lib/runs/queries";
import type { PairState, PairStatus } from "@/lib/runs/schema";
import type { User } from "@/lib/users/schema";

/** The worst first: it is what the summary is about. */
const ORDER = ["failed", "retrying", "pending", "synced", "kept", "removed"] as const satisfies PairStatus[];

/** Where a user stands over all sites, in one line that leads to the details. */
export function UserSync({ user }: { user: User }) {
  const states = useQuery(userStatesQuery(user.id, user.version));
  if (states.error && !states.data) return <span className="text-bad">Unknown</span>;
  if (!states.data) return <Skeleton className="h-3 w-20" />;
  const summary = summarize(states.data);
  if (!summary) return <span className="text-faint">No site yet</span>;
  const { tone, icon: Icon } = pairLooks[summary.status];
  return (
    <Link
      href={`/sync?q=${encodeURIComponent(user.email)}`}
      className={cn(
        "flex w-fit items-center gap-1.5 whitespace-nowrap rounded hover:underline",
        toneText[tone],
      )}
    >
      <Icon aria-hidden className="size-4" />
      <span className="tabular-nums">{summary.text}</span>
    </Link>
  );
}

function summarize(states: PairState[]): { status: PairStatus; text: string } | null {
  const status = ORDER.find((candidate) => states.some((state) => state.status === candidate));
  if (!status) return null;
  const concerned = states.filter((state) => state.status === status);
  const where = count(concerned.length, "site");
  switch (status) {
    case "failed":
      return { status, text: `Failed at ${where}` };
    case "retrying":
      return { status, text: `Retrying at ${where}` };
    case "pending":
      return { status, text: `Waiting for ${where}` };
    case "synced":
      return { status, text: `Synced to ${where}` };
    case "removed":
      return { status, text: `Removed from ${where}` };
    case "kept":
      return { status, text: `Kept at ${where}` };
  }
}
