"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import type { Route } from "next";
import Link from "next/link";
import { May } from "@/components/access/may";
import { canRetry, nextAttempt, pairLooks } from "@/components/sync/pair-status";
import { asSentence } from "@/components/sync/reason-words";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { FormError } from "@/components/ui/form-error";
import { ComingTime, RelativeTime } from "@/components/ui/relative-time";
import { Loaded } from "@/components/ui/states";
import { userStatesQuery } from "@/lib/runs/queries";
import { retrySync } from "@/lib/runs/request-queries";
import type { PairState } from "@/lib/runs/schema";
import { sitesQuery } from "@/lib/sites/queries";
import type { Site } from "@/lib/sites/schema";
import type { User } from "@/lib/users/schema";

/** Where the user is, what is missing there and why, and what to do about it. */
export function UserSites({ user }: { user: User }) {
  const states = useQuery(userStatesQuery(user.id, user.version));
  const { data: sites } = useQuery(sitesQuery);
  return (
    <Card title="Sites">
      <Loaded query={states}>
        {(pairs) =>
          pairs.length === 0 ? (
            <p className="px-4 py-6 text-center text-soft">
              No site is connected yet. Add one under{" "}
              <Link href="/sites" className="text-accent-text hover:underline">
                Connected Sites
              </Link>
              .
            </p>
          ) : (
            <ul className="divide-y">
              {pairs.toSorted(worstFirst).map((pair) => (
                <SiteState
                  key={pair.site_id}
                  pair={pair}
                  site={sites?.find(({ id }) => id === pair.site_id)}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

const WORST: readonly PairState["status"][] = ["failed", "held", "retrying", "pending"];

function worstFirst(a: PairState, b: PairState): number {
  const rank = ({ status }: PairState) => (WORST.indexOf(status) + WORST.length + 1) % (WORST.length + 1);
  return rank(a) - rank(b) || a.site.localeCompare(b.site);
}

function SiteState({ pair, site }: { pair: PairState; site: Site | undefined }) {
  const { word, tone, icon, meaning } = pairLooks[pair.status];
  return (
    <li className="px-4 py-2.5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 sm:flex-nowrap">
        <Link
          href={`/sites/${pair.site_id}` as Route}
          prefetch={false}
          title={pair.site}
          className="min-w-0 truncate rounded font-medium hover:underline max-sm:max-w-full sm:w-2/5"
        >
          {pair.site}
        </Link>
        <span title={meaning} className="shrink-0">
          <Badge tone={tone} icon={icon}>
            {word}
          </Badge>
        </span>
        <span
          className={cn(
            "ml-auto whitespace-nowrap text-faint text-xs tabular-nums",
            !pair.synced_at && "max-sm:hidden",
          )}
        >
          {pair.synced_at ? (
            <>
              synced <RelativeTime value={pair.synced_at} />
            </>
          ) : (
            "never synced"
          )}
        </span>
        {pair.status === "held" && (
          <Button asChild className="max-sm:ml-auto">
            <Link
              href={`/removals?q=${encodeURIComponent(pair.email ?? pair.user_id)}`}
              aria-label={`Review at ${pair.site}`}
            >
              Review
            </Link>
          </Button>
        )}
        {canRetry(pair) && (
          <May scope="sync:run">
            <Retry pair={pair} />
          </May>
        )}
      </div>
      {pair.error && (
        <div className="mt-1.5 break-words text-soft">
          <p>{asSentence(pair.error)}</p>
          {pair.advice && <p className="text-faint">{pair.advice}</p>}
          {pair.status === "retrying" && pair.retry_at && (
            <p className="text-faint">
              Next attempt <ComingTime value={nextAttempt(pair.retry_at, site)} />
            </p>
          )}
        </div>
      )}
    </li>
  );
}

function Retry({ pair }: { pair: PairState }) {
  const retry = useMutation(retrySync);
  return (
    <>
      <Button
        aria-label={`Retry at ${pair.site}`}
        className="max-sm:ml-auto"
        loading={retry.isPending}
        onClick={() => retry.mutate({ userId: pair.user_id, siteId: pair.site_id })}
      >
        {!retry.isPending && <RotateCw aria-hidden />}
        Retry
      </Button>
      {retry.error && (
        <div className="w-full">
          <FormError error={retry.error} />
        </div>
      )}
    </>
  );
}
