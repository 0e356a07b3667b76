"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { cn } from "@/components/ui/cn";
import { Skeleton } from "@/components/ui/states";
import { ApiError } from "@/lib/api-client";
import { silenceQuery } from "@/lib/live/follow";
import { overviewQuery } from "@/lib/runs/queries";
import { sitesQuery } from "@/lib/sites/queries";
import { counted, type SyncSummary, summarize } from "./sync-summary";

const DOTS = { ok: "bg-ok", warn: "bg-warn", bad: "bg-bad", info: "bg-accent-text", idle: "bg-idle" };

/** The line in the header that always tells the state of sync, or that it cannot be known just now. */
export function SyncLine() {
  const overview = useQuery(overviewQuery);
  const sites = useQuery(sitesQuery);
  const { data: silentSince = 0 } = useQuery(silenceQuery);
  const trouble = troubleOf(overview) ?? troubleOf(sites);
  const known = overview.data && sites.data ? { overview: overview.data, sites: sites.data } : null;
  if (silentSince > overview.dataUpdatedAt && trouble !== CONNECTION_LOST) {
    const before = known && summarize(known.overview, known.sites);
    return <Line summary={silence(silentSince, before)} short="Central database: no answer" />;
  }
  if (trouble) return <Line summary={{ tone: "bad", text: trouble, href: "/sync", busy: true }} />;
  if (!known) return <Skeleton className="h-3 w-40" />;
  const short = summarize(known.overview, known.sites, counted).text;
  return <Line summary={summarize(known.overview, known.sites)} short={short} />;
}

const CONNECTION_LOST = "Connection lost, trying again";
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** What is known while the central database does not answer, and since when. */
function silence(since: number, before: SyncSummary | null): SyncSummary {
  const text = `Central database: no answer since ${clock.format(since)}`;
  return {
    tone: "warn",
    text: before ? `${text} · before that: ${before.text}` : text,
    href: before?.href ?? "/sync",
    busy: true,
  };
}

interface Asked {
  error: Error | null;
  failureCount: number;
  failureReason: Error | null;
}

/** A second failure in a row is told before the last one: what the page shows may be old from now on. */
function troubleOf({ error, failureCount, failureReason }: Asked): string | null {
  const latest = error ?? (failureCount > 1 ? failureReason : null);
  if (latest === null) return null;
  return latest instanceof ApiError && latest.status === 0 ? CONNECTION_LOST : latest.message;
}

function Line({
  summary: { tone, text, href, busy },
  short = text,
}: {
  summary: SyncSummary;
  short?: string;
}) {
  return (
    <Link
      href={href}
      title={text}
      className="flex h-8 min-w-0 pointer-coarse:h-10 items-center gap-2.5 rounded-md px-2 text-soft max-sm:gap-2 max-sm:px-1 transition-colors hover:bg-hover hover:text-ink"
    >
      <span
        aria-hidden
        className={cn(
          "size-2 shrink-0 forced-color-adjust-none rounded-full",
          DOTS[tone],
          busy && "animate-pulse",
        )}
      />
      <span className="sr-only">State of sync: </span>
      <span className={cn("truncate tabular-nums", short !== text && "max-lg:hidden")}>{text}</span>
      {short !== text && <span className="truncate tabular-nums lg:hidden">{short}</span>}
    </Link>
  );
}
