"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX } from "lucide-react";
import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
import { formatNumber } from "@/components/ui/numbers";
import { Loaded, Skeleton } from "@/components/ui/states";
import { overviewQuery } from "@/lib/runs/queries";

/** What this installation is, and whether its database answers. */
export function About({ version }: { version: string }) {
  const overview = useQuery(overviewQuery);
  return (
    <dl className="divide-y">
      <Fact name="Version">{version}</Fact>
      <Fact name="Central project">
        {overview.error ? (
          <Badge tone="bad" icon={CircleX}>
            Does not answer
          </Badge>
        ) : overview.data ? (
          <Badge tone="ok" icon={CircleCheck}>
            Answers
          </Badge>
        ) : (
          <Skeleton className="h-4 w-20" />
        )}
      </Fact>
      <Loaded query={overview} loading={<Fact name="Users">…</Fact>}>
        {({ users, sites }) => (
          <>
            <Fact name="Users">{formatNumber(users.active + users.inactive)}</Fact>
            <Fact name="Connected sites">{formatNumber(sites.length)}</Fact>
          </>
        )}
      </Loaded>
      <Fact name="For monitoring">
        <a href="/api/health" className="text-accent-text underline underline-offset-2">
          /api/health
        </a>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex items-center justify-between gap-4 px-4 py-2.5">
      <dt className="text-soft">{name}</dt>
      <dd className="tabular-nums">{children}</dd>
    </div>
  );
}
