import { Globe } from "lucide-react";
import Link from "next/link";
import { healthOf } from "@/components/sites/site-health";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { count } from "@/components/ui/numbers";
import { RelativeTime } from "@/components/ui/relative-time";
import { EmptyState } from "@/components/ui/states";
import type { Overview, SiteCounts } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";

/** Every site with its health, its oldest waiting change and its last success. */
export function SiteHealthList({ overview, sites }: { overview: Overview; sites: Site[] }) {
  return (
    <Card
      title="Sites"
      aside={
        <Link href="/sites" className="hover:underline">
          All sites
        </Link>
      }
    >
      {sites.length === 0 ? (
        <EmptyState icon={Globe} title="No site connected yet">
          Once one is added under Connected Sites, every user is sent to it.
        </EmptyState>
      ) : (
        <ul className="divide-y">
          {sites.map((site) => (
            <SiteRow
              key={site.id}
              site={site}
              counts={overview.sites.find(({ siteId }) => siteId === site.id)}
            />
          ))}
        </ul>
      )}
    </Card>
  );
}

function SiteRow({ site, counts }: { site: Site; counts: SiteCounts | undefined }) {
  const health = healthOf(site);
  const unsettled = counts ? counts.pending + counts.retrying + counts.failed : 0;
  const troubled = site.health !== "ok" && site.status === "active";
  return (
    <li className="px-4 py-2.5">
      <div className="flex items-center gap-3">
        <span className="min-w-0 flex-1 truncate font-medium" title={site.name}>
          {site.name}
        </span>
        <Badge tone={health.tone} icon={health.icon}>
          {health.word}
        </Badge>
      </div>
      <p className="mt-0.5 text-faint text-xs tabular-nums">
        {site.lastSyncedAt ? (
          <>
            Last success <RelativeTime value={site.lastSyncedAt} />
          </>
        ) : (
          "No success yet"
        )}
        {unsettled > 0 && counts?.oldestPendingAt && (
          <>
            {" · "}
            {count(unsettled, "user")} not in sync, the oldest change{" "}
            <RelativeTime value={counts.oldestPendingAt} />
          </>
        )}
      </p>
      {troubled && site.error && (
        <p className="mt-1 break-words">
          <span className={health.tone === "bad" ? "text-bad" : "text-warn"}>{site.error}</span>{" "}
          <span className="text-soft">{site.advice}</span>
        </p>
      )}
    </li>
  );
}
