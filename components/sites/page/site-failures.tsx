"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleCheck, RotateCw } from "lucide-react";
import type { Route } from "next";
import Link from "next/link";
import { May } from "@/components/access/may";
import { retriedText } from "@/components/sync/retried-text";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { count } from "@/components/ui/numbers";
import { EmptyState, Loaded } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { siteCausesQuery } from "@/lib/runs/insight-queries";
import type { Cause } from "@/lib/runs/insight-schema";
import { retrySync } from "@/lib/runs/request-queries";
import type { SiteCounts } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { userQuery } from "@/lib/users/queries";
import { failingAt } from "../site-list";

interface SiteFailuresProps {
  site: Site;
  counts: SiteCounts | undefined;
}

/** Why users do not reach a site, the reason that concerns most first, with what to do. */
export function SiteFailures({ site, counts }: SiteFailuresProps) {
  const causes = useQuery(siteCausesQuery(site.id));
  return (
    <Card title="Failing now" aside={failingAt(counts) > 0 && <RetryFailed site={site} />}>
      <Loaded query={causes}>
        {(found) =>
          found.length === 0 ? (
            <EmptyState icon={CircleCheck} title="Nothing fails here">
              When a user cannot be written to this site, the reason and what to do appear here.
            </EmptyState>
          ) : (
            <ul className="divide-y">
              {found.map((cause) => (
                <CauseRow key={`${cause.status} ${cause.errorCode}`} cause={cause} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function CauseRow({ cause }: { cause: Cause }) {
  const { error, advice, users, userIds, status, siteId } = cause;
  const log = `/log?siteId=${siteId}&status=failed` as Route;
  return (
    <li className="break-words px-4 py-2.5">
      <p className="font-medium">{error ?? "The reason is not known."}</p>
      {advice && <p className="text-soft">{advice}</p>}
      <p className="mt-0.5 flex flex-wrap gap-x-1.5 text-faint text-xs tabular-nums">
        <span>
          {count(users, "user")}, {status === "retrying" ? "retried by Roster" : "until something changes"}
        </span>
        <span aria-hidden>·</span>
        <Link href={log} className="text-accent-text underline underline-offset-2">
          Failures in the log
        </Link>
        {userIds.map((userId) => (
          <Link
            key={userId}
            href={`/users/${encodeURIComponent(userId)}` as Route}
            className="max-w-full truncate text-accent-text underline underline-offset-2"
          >
            <UserName id={userId} />
          </Link>
        ))}
      </p>
    </li>
  );
}

/** A user as people know them; the id until that is known. */
function UserName({ id }: { id: string }) {
  const { data: user } = useQuery({ ...userQuery(id), refetchInterval: false });
  return user?.full_name || user?.email || id;
}

function RetryFailed({ site }: { site: Site }) {
  const retry = useMutation(retrySync);

  function start() {
    retry.mutate(
      { siteId: site.id },
      {
        onSuccess: ({ pairs }) => toast.success(retriedText(pairs, [site.name])),
        onError: (error) => toast.error(error.message),
      },
    );
  }

  if (site.status === "paused") return <>Paused: nothing is tried.</>;
  return (
    <May scope="sync:run">
      <Button loading={retry.isPending} onClick={start} className="-my-1">
        {!retry.isPending && <RotateCw aria-hidden />}
        Retry
      </Button>
    </May>
  );
}
