"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX, RotateCw } from "lucide-react";
import type { Route } from "next";
import Link from "next/link";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { count } from "@/components/ui/numbers";
import { EmptyState, Loaded } from "@/components/ui/states";
import { causesQuery } from "@/lib/runs/insight-queries";
import type { Cause } from "@/lib/runs/insight-schema";
import { type CauseGroup, groupByCause } from "./group-by-cause";
import { LongList } from "./long-list";

/** What fails now, by cause, with what to do and a way to whom it concerns. */
export function Failures() {
  const causes = useQuery(causesQuery);
  return (
    <Card
      title="Failing now"
      aside={
        <Link href="/log?status=failed" className="hover:underline">
          Failures in the log
        </Link>
      }
    >
      <Loaded query={causes}>
        {(found) =>
          found.length === 0 ? (
            <EmptyState icon={CircleCheck} title="Nothing fails">
              When a user cannot be written to a site, the reason and what to do appear here.
            </EmptyState>
          ) : (
            <LongList
              most={5}
              what="causes"
              items={groupByCause(found)}
              render={(group) => <CauseRow key={group.key} group={group} />}
            />
          )
        }
      </Loaded>
    </Card>
  );
}

/** How many sites of one cause are named. */
const NAMED = 3;

function CauseRow({ group: { status, error, advice, sites } }: { group: CauseGroup }) {
  const more = sites.length - NAMED;
  return (
    <li className="space-y-1 break-words px-4 py-3">
      <div className="flex items-start gap-3">
        <p className="min-w-0 flex-1 font-medium">{error}</p>
        {status === "failed" ? (
          <Badge tone="bad" icon={CircleX}>
            Needs you
          </Badge>
        ) : (
          <Badge tone="warn" icon={RotateCw}>
            Retrying
          </Badge>
        )}
      </div>
      {advice && <p className="text-pretty text-soft">{advice}</p>}
      <ul className="flex flex-wrap gap-x-3 gap-y-1 text-xs tabular-nums">
        {sites.slice(0, NAMED).map((cause) => (
          <li key={cause.siteId} className="min-w-0 max-w-full truncate">
            <Link
              href={whereToSee(cause)}
              prefetch={false}
              className="text-accent-text underline underline-offset-2"
            >
              {count(cause.users, "user")} at {cause.site}
            </Link>
          </li>
        ))}
        {more > 0 && <li className="text-faint">and {count(more, "more site")}</li>}
      </ul>
    </li>
  );
}

/** Those whom it concerns; or, when it is not about them, the site whose doing it is. */
function whereToSee({ siteId, status, userIds }: Cause): Route {
  return (userIds.length > 0 ? `/users?sync=${status}&site=${siteId}` : `/sites/${siteId}`) as Route;
}
