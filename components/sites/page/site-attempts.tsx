"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX, ScrollText } from "lucide-react";
import type { Route } from "next";
import Link from "next/link";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { RelativeTime } from "@/components/ui/relative-time";
import { EmptyState, Loaded } from "@/components/ui/states";
import { logQuery } from "@/lib/runs/log-queries";
import type { LogEntry } from "@/lib/runs/log-schema";

/** As many as stand beside the failures without a scroll bar of their own. */
const NEWEST = 10;

/** The newest attempts at a site. */
export function SiteAttempts({ siteId }: { siteId: string }) {
  const log = useInfiniteQuery(logQuery({ siteId, userId: null, status: null, runId: null }));
  return (
    <Card
      title="Newest attempts"
      aside={
        <Link href={`/log?siteId=${siteId}` as Route} className="hover:underline">
          All in the log
        </Link>
      }
    >
      <Loaded query={log}>
        {({ pages }) => {
          const entries = pages.flatMap((page) => page.items).slice(0, NEWEST);
          if (entries.length === 0) return <NothingYet />;
          return (
            <ul className="divide-y">
              {entries.map((entry) => (
                <Attempt key={entry.id} entry={entry} />
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}

function Attempt({ entry }: { entry: LogEntry }) {
  const success = entry.status === "success";
  const Icon = success ? CircleCheck : CircleX;
  return (
    <li className="flex items-start gap-2.5 px-4 py-2">
      <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", success ? "text-ok" : "text-bad")} />
      <div className="min-w-0 flex-1">
        <p className="truncate" title={entry.email ?? entry.user_id}>
          <span className="text-soft">{wordOf(entry)}</span> {entry.email ?? entry.user_id}
        </p>
        {entry.error && (
          <p className="truncate text-faint text-xs" title={entry.error}>
            {entry.error}
          </p>
        )}
      </div>
      <span className="shrink-0 text-faint text-xs leading-5">
        <RelativeTime value={entry.created_at} />
      </span>
    </li>
  );
}

function wordOf({ status, operation }: LogEntry): string {
  if (operation === "upsert") return status === "success" ? "Wrote" : "Could not write";
  return status === "success" ? "Removed" : "Could not remove";
}

function NothingYet() {
  return (
    <EmptyState icon={ScrollText} title="Nothing was sent here yet">
      Once the site has credentials, every user is sent there, and each attempt is written down.
    </EmptyState>
  );
}
