import { Globe } from "lucide-react";
import type { Route } from "next";
import Link from "next/link";
import { healthOf } from "@/components/sites/site-health";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { count } from "@/components/ui/numbers";
import { RelativeTime } from "@/components/ui/relative-time";
import { EmptyState } from "@/components/ui/states";
import type { Overview } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { LongList } from "./long-list";
import { type SiteStand, worstFirst } from "./worst-first";

/** Every site with its health, its oldest waiting change and its last success, the worst first. */
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
        <LongList
          most={8}
          what="sites"
          items={worstFirst(overview, sites)}
          render={(stand) => <SiteRow key={stand.site.id} {...stand} />}
        />
      )}
    </Card>
  );
}

function SiteRow({ site, counts }: SiteStand) {
  const health = healthOf(site, counts ?? undefined);
  const troubled = site.health !== "ok" && site.status === "active" && site.hasCredentials;
  return (
    <li className="relative px-4 py-2.5 transition-colors hover:bg-sunken">
      <div className="flex items-center gap-3">
        <Link
          href={`/sites/${site.id}` as Route}
          prefetch={false} // one page for each of a hundred sites
          title={site.name}
          className="-outline-offset-2 min-w-0 flex-1 truncate font-medium after:absolute after:inset-0"
        >
          {site.name}
        </Link>
        <Badge tone={health.tone} icon={health.icon}>
          {health.word}
        </Badge>
      </div>
      <p className="mt-0.5 text-faint text-xs tabular-nums">
        <Waiting counts={counts} />
        {site.lastSyncedAt ? (
          <>
            Last success <RelativeTime value={site.lastSyncedAt} />
          </>
        ) : (
          "No success yet"
        )}
      </p>
      {troubled && site.error && (
        <p className={health.tone === "bad" ? "mt-0.5 truncate text-bad" : "mt-0.5 truncate text-warn"}>
          {site.error}
        </p>
      )}
    </li>
  );
}

/** How many users the site does not have as they are, and since when. */
function Waiting({ counts }: Pick<SiteStand, "counts">) {
  const unsettled = counts ? counts.pending + counts.retrying + counts.failed + counts.drifted : 0;
  if (unsettled === 0) return null;
  return (
    <>
      {count(unsettled, "user")} not in sync
      {counts?.oldestPendingAt && (
        <>
          , the oldest change <RelativeTime value={counts.oldestPendingAt} />
        </>
      )}
      {" · "}
    </>
  );
}
