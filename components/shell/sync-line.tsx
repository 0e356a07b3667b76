"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { cn } from "@/components/ui/cn";
import { Skeleton } from "@/components/ui/states";
import { overviewQuery } from "@/lib/runs/queries";
import { sitesQuery } from "@/lib/sites/queries";
import { type SyncSummary, summarize } from "./sync-summary";

const DOTS = { ok: "bg-ok", warn: "bg-warn", bad: "bg-bad", info: "bg-accent-text", idle: "bg-idle" };

/** The line in the header that always tells the state of sync. */
export function SyncLine() {
  const overview = useQuery(overviewQuery);
  const sites = useQuery(sitesQuery);
  const error = overview.error ?? sites.error;
  if (error) return <Line summary={{ tone: "bad", text: error.message, href: "/sync", busy: false }} />;
  if (!overview.data || !sites.data) return <Skeleton className="h-3 w-40" />;
  return <Line summary={summarize(overview.data, sites.data)} />;
}

function Line({ summary: { tone, text, href, busy } }: { summary: SyncSummary }) {
  return (
    <Link
      href={href}
      aria-label={`State of sync: ${text}`}
      title={text}
      className="flex h-8 min-w-0 items-center gap-2.5 rounded-md px-2 text-soft transition-colors hover:bg-hover hover:text-ink"
    >
      <span aria-hidden className={cn("size-2 shrink-0 rounded-full", DOTS[tone], busy && "animate-pulse")} />
      <span className="truncate tabular-nums">{text}</span>
    </Link>
  );
}
