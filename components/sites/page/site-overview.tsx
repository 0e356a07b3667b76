"use client";

import { ActivityChart } from "@/components/sync/activity-chart";
import { SiteNumbers } from "../site-numbers";
import { SiteAttempts } from "./site-attempts";
import { SiteFailures } from "./site-failures";
import { WithSite } from "./with-site";

/** What happens at a site: counts, attempts over time, what fails and why, and the newest attempts. */
export function SiteOverview({ id }: { id: string }) {
  return (
    <WithSite id={id}>
      {(site, counts) => (
        <>
          <SiteNumbers site={site} counts={counts} className="rounded-lg border shadow-card" />
          <ActivityChart siteId={id} />
          <div className="grid items-start gap-5 xl:grid-cols-2">
            <SiteFailures site={site} counts={counts} />
            <SiteAttempts siteId={id} />
          </div>
        </>
      )}
    </WithSite>
  );
}
