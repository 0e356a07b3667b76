"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX } from "lucide-react";
import Link from "next/link";
import { Badge } from "@/components/ui/badge";
import { RelativeTime } from "@/components/ui/relative-time";
import { Loaded, Skeleton } from "@/components/ui/states";
import { lastAttemptsQuery } from "@/lib/runs/log-queries";
import { reasonText } from "./reason-words";

/** The last attempts for one user at one site. */
export function PairAttempts({ userId, siteId }: { userId: string; siteId: string }) {
  const attempts = useQuery(lastAttemptsQuery(userId, siteId));
  return (
    <section aria-label="Last attempts" className="space-y-2">
      <div className="flex items-center justify-between gap-3">
        <h3 className="font-semibold">Last attempts</h3>
        <Link
          href={`/log?userId=${encodeURIComponent(userId)}&siteId=${siteId}`}
          className="text-accent-text text-xs hover:underline"
        >
          Show in the log
        </Link>
      </div>
      <Loaded query={attempts} loading={<Skeleton className="h-16 w-full" />}>
        {(entries) =>
          entries.length === 0 ? (
            <p className="text-soft">None is in the log. How long it keeps them is under Settings.</p>
          ) : (
            <ol className="divide-y border-y">
              {entries.map((entry) => (
                <li key={entry.id} className="flex items-center gap-3 py-1.5">
                  {entry.status === "success" ? (
                    <Badge tone="ok" icon={CircleCheck}>
                      Success
                    </Badge>
                  ) : (
                    <Badge tone="bad" icon={CircleX}>
                      Failed
                    </Badge>
                  )}
                  <span className="min-w-0 flex-1 truncate text-soft" title={entry.error ?? undefined}>
                    {entry.error_code ? reasonText(entry.error_code) : TRIED[entry.operation]}
                  </span>
                  <span className="shrink-0 text-faint text-xs">
                    <RelativeTime value={entry.created_at} />
                  </span>
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
    </section>
  );
}

const TRIED = { upsert: "Written", remove: "Removed" };
