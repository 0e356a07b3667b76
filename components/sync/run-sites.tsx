import { formatNumber } from "@/components/ui/numbers";
import { Progress } from "@/components/ui/progress";
import { ScrollRegion } from "@/components/ui/scroll-region";
import type { Run, RunSite } from "@/lib/runs/schema";

interface RunSitesProps {
  run: Run;
  /** Sites where nothing moves, by id, with why. */
  stuck: ReadonlyMap<string, string>;
}

/** How far a run is at each site. */
export function RunSites({ run, stuck }: RunSitesProps) {
  return (
    <ScrollRegion label="Progress by site" className="max-h-40 overflow-y-auto border-t px-4 py-2">
      <ul className="grid gap-x-8 sm:grid-cols-2 xl:grid-cols-4">
        {run.sites.map((site) => (
          <SiteProgress
            key={site.siteId}
            site={site}
            stuck={site.finishedAt ? undefined : stuck.get(site.siteId)}
          />
        ))}
      </ul>
    </ScrollRegion>
  );
}

function SiteProgress({ site, stuck }: { site: RunSite; stuck: string | undefined }) {
  return (
    <li className="min-w-0 space-y-1 py-1.5">
      <div className="flex justify-between gap-3 text-xs">
        <span className="truncate font-medium">{site.site}</span>
        <span className="shrink-0 text-faint tabular-nums">
          {formatNumber(site.succeeded)} of {formatNumber(site.total)}
          {stuck && <span className="text-warn"> · {stuck}</span>}
          {site.failed > 0 && <span className="text-bad"> · {formatNumber(site.failed)} failed</span>}
        </span>
      </div>
      <Progress
        label={site.site}
        done={site.succeeded}
        failed={site.failed}
        total={site.total}
        className="h-1"
      />
    </li>
  );
}
