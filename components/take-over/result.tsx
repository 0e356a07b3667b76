"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, CircleMinus, Link2, type LucideIcon, UserPlus } from "lucide-react";
import { useMay } from "@/components/access/use-may";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { formatNumber } from "@/components/ui/numbers";
import { RelativeTime } from "@/components/ui/relative-time";
import { EmptyState, Loaded } from "@/components/ui/states";
import type { Site } from "@/lib/sites/schema";
import { takeOverRowsQuery } from "@/lib/take-over/queries";
import type { TakeOver } from "@/lib/take-over/schema";
import { LookButton } from "./look-button";

interface ResultProps {
  site: Site;
  take: TakeOver;
}

/** What became of the site's own users. */
export function Result({ site, take }: ResultProps) {
  const { linked, imported, left, refused, finishedAt, decidedBy } = take;
  const writes = useMay("sites:write");
  return (
    <>
      <Card title="Users of the site's own" aside={writes && <LookButton siteId={site.id} />}>
        {decidedBy === null ? (
          <EmptyState icon={CircleCheck} title="The site has no rows of its own">
            There was nothing to decide: the site's sync went on.
          </EmptyState>
        ) : (
          <>
            <p className="px-4 py-3 text-soft">
              Taken over {finishedAt && <RelativeTime value={finishedAt} />} by {decidedBy}.
            </p>
            <dl className="grid grid-cols-2 gap-px border-t bg-line sm:grid-cols-4">
              <Tally name="Linked" value={linked} icon={Link2} tone="text-ok" />
              <Tally name="Imported" value={imported} icon={UserPlus} tone="text-ok" />
              <Tally name="Left alone" value={left} icon={CircleMinus} tone="text-soft" />
              <Tally name="Could not be done" value={refused} icon={CircleAlert} tone="text-warn" />
            </dl>
          </>
        )}
      </Card>
      {refused > 0 && <Refused site={site} take={take} />}
    </>
  );
}

interface TallyProps {
  name: string;
  value: number;
  icon: LucideIcon;
  tone: string;
}

function Tally({ name, value, icon: Icon, tone }: TallyProps) {
  return (
    <div className="bg-surface px-4 py-2.5">
      <dt className="flex items-center gap-1.5 text-faint text-xs">
        <Icon aria-hidden className={cn("size-3.5", value > 0 ? tone : "text-faint")} />
        {name}
      </dt>
      <dd className="font-semibold text-base tabular-nums">{formatNumber(value)}</dd>
    </div>
  );
}

/** Rows with which it could not be done, and why. */
function Refused({ site, take: { refused, finishedAt } }: ResultProps) {
  const rows = useInfiniteQuery(
    takeOverRowsQuery(site.id, { group: "refused", q: "", scannedAt: finishedAt }),
  );
  return (
    <Card title={`Could not be done: ${formatNumber(refused)}`}>
      <p className="border-b px-4 py-2.5 text-soft">
        These rows were left alone. Put right what is said, then look again.
      </p>
      <Loaded query={rows}>
        {({ pages }) => (
          <>
            <ul className="divide-y">
              {pages
                .flatMap((page) => page.items)
                .map(({ rowId, there, why }) => (
                  <li key={rowId} className="flex flex-wrap gap-x-4 gap-y-0.5 px-4 py-2.5">
                    <p className="min-w-0 flex-[1_1_14rem] truncate font-medium" title={rowId ?? undefined}>
                      {there?.email ?? rowId}
                    </p>
                    <p className="min-w-0 flex-[2_1_18rem] break-words text-soft">{why}</p>
                  </li>
                ))}
            </ul>
            {rows.hasNextPage && (
              <div className="border-t px-4 py-2.5 text-center">
                <Button loading={rows.isFetchingNextPage} onClick={() => rows.fetchNextPage()}>
                  Show more
                </Button>
              </div>
            )}
          </>
        )}
      </Loaded>
    </Card>
  );
}
