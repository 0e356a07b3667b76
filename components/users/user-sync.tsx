"use client";

import { useQuery } from "@tanstack/react-query";
import { pairLooks } from "@/components/sync/pair-status";
import { toneText } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { count } from "@/components/ui/numbers";
import { Skeleton } from "@/components/ui/states";
import type { Summaries } from "@/lib/runs/insight-schema";
import { syncSummaryQuery } from "@/lib/runs/queries";
import type { PairStatus } from "@/lib/runs/schema";

/** The worst first: it is what the summary is about. */
const ORDER = [
  "failed",
  "held",
  "retrying",
  "pending",
  "synced",
  "kept",
  "removed",
  "out_of_scope",
] as const satisfies PairStatus[];

interface UserSyncProps {
  userId: string;
  /** The users of the same page, this one among them: they are asked about together. */
  page: readonly string[];
}

/** Where a user stands over all sites, in one line. */
export function UserSync({ userId, page }: UserSyncProps) {
  const summary = useQuery({ ...syncSummaryQuery(page), select: (states) => states.get(userId) ?? null });
  if (summary.error && summary.data === undefined) return <span className="text-bad">Unknown</span>;
  // Between two pages the answer for the page before is shown, which need not have this user.
  if (summary.data === undefined || (summary.data === null && summary.isPlaceholderData)) {
    return <Skeleton className="h-3 w-20" />;
  }
  const said = summary.data && summarize(summary.data);
  if (!said) return <span className="text-faint">No site yet</span>;
  const { tone, icon: Icon } = pairLooks[said.status];
  return (
    <span className={cn("flex w-fit items-center gap-1.5 whitespace-nowrap", toneText[tone])}>
      <Icon aria-hidden className="size-4" />
      <span className="tabular-nums">{said.text}</span>
    </span>
  );
}

function summarize(
  states: Summaries["items"][number]["states"],
): { status: PairStatus; text: string } | null {
  const status = ORDER.find((candidate) => states[candidate]);
  if (!status) return null;
  const where = count(states[status] ?? 0, "site");
  switch (status) {
    case "failed":
      return { status, text: `Failed at ${where}` };
    case "held":
      return { status, text: `Removal held at ${where}` };
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
    case "out_of_scope":
      return { status, text: `Not in scope of ${where}` };
  }
}
