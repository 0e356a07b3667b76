"use client";

import { useQuery } from "@tanstack/react-query";
import { May } from "@/components/access/may";
import { ActivityChart } from "@/components/sync/activity-chart";
import { NewerRows } from "@/components/sync/newer-rows";
import { PageHeader } from "@/components/ui/page-header";
import { Loaded, Skeleton } from "@/components/ui/states";
import { overviewQuery } from "@/lib/runs/queries";
import { sitesQuery } from "@/lib/sites/queries";
import { Counts } from "./counts";
import { Failures } from "./failures";
import { FirstSteps } from "./first-steps";
import { SiteHealthList } from "./site-health-list";

export function OverviewView() {
  const overview = useQuery(overviewQuery);
  const sites = useQuery(sitesQuery);
  return (
    <>
      <PageHeader title="Overview" description="One list of users, and how it stands at every site." />
      <Loaded query={overview} loading={<Loading />}>
        {(counts) => (
          <Loaded query={sites} loading={<Loading />}>
            {(allSites) => (
              <>
                <NewerRows />
                <May scope="sites:write">
                  <FirstSteps overview={counts} sites={allSites} />
                </May>
                <Counts overview={counts} sites={allSites} />
                {allSites.length > 0 && <ActivityChart />}
                <div className="grid items-start gap-5 xl:grid-cols-2">
                  <SiteHealthList overview={counts} sites={allSites} />
                  <Failures />
                </div>
              </>
            )}
          </Loaded>
        )}
      </Loaded>
    </>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading" className="space-y-5">
      <Skeleton className="h-22 rounded-lg" />
      <Skeleton className="h-66 rounded-lg" />
      <div className="grid gap-5 xl:grid-cols-2">
        <Skeleton className="h-64 rounded-lg" />
        <Skeleton className="h-64 rounded-lg" />
      </div>
    </div>
  );
}
