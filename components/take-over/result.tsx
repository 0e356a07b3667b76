"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, CircleMinus, Link2, UserPlus } from "lucide-react";
import { useMay } from "@/components/access/use-may";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { formatNumber } from "@/components/ui/numbers";
import { RelativeTime } from "@/components/ui/relative-time";
import { EmptyState, Loaded } from "@/components/ui/states";
import { Tallies } from "@/components/ui/tallies";
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
            <Tallies
              of={[
                { name: "Linked", value: linked, icon: Link2, tone: "text-ok" },
                { name: "Imported", value: imported, icon: UserPlus, tone: "text-ok" },
                { name: "Left alone", value: left, icon: CircleMinus, tone: "text-soft" },
                { name: "Could not be done", value: refused, icon: CircleAlert, tone: "text-warn" },
              ]}
            />
          </>
        )}
      </Card>
      {refused > 0 && <Refused site={site} take={take} />}
    </>
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
