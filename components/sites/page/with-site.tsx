"use client";

import { Unplug } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState, Loaded, Skeleton } from "@/components/ui/states";
import type { SiteCounts } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { useSite } from "./use-site";

interface WithSiteProps {
  id: string;
  /** In place of what is shown once the site is disconnected; nothing by default, since the head of the page says it. */
  gone?: ReactNode;
  children: (site: Site, counts: SiteCounts | undefined) => ReactNode;
}

/** Shows a site while it is connected. */
export function WithSite({ id, gone = null, children }: WithSiteProps) {
  return (
    <Loaded query={useSite(id)} loading={<Loading />}>
      {({ site, counts }) => (site === null ? gone : children(site, counts))}
    </Loaded>
  );
}

/** What a site's page says when the site was disconnected while one looked at it. */
export function Disconnected() {
  return (
    <Card>
      <EmptyState
        icon={Unplug}
        title="This site is disconnected"
        action={
          <Button asChild>
            <Link href="/sites">To the connected sites</Link>
          </Button>
        }
      >
        Nothing is sent there any more, and its credentials are forgotten. What was sent is still in the log.
      </EmptyState>
    </Card>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading" className="space-y-4">
      <Skeleton className="h-12 rounded-lg" />
      <Skeleton className="h-40 rounded-lg" />
    </div>
  );
}
