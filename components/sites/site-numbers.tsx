import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";
import { formatNumber } from "@/components/ui/numbers";
import { RelativeTime } from "@/components/ui/relative-time";
import type { SiteCounts } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";

/** How many users are in which state at a site, and when it last worked. */
export function SiteNumbers({ site, counts }: { site: Site; counts: SiteCounts | undefined }) {
  const failing = (counts?.failed ?? 0) + (counts?.retrying ?? 0);
  const oldest = counts?.oldestPendingAt && (
    <span className="font-normal text-faint text-xs">
      since <RelativeTime value={counts.oldestPendingAt} />
    </span>
  );
  return (
    <dl className="mt-auto grid grid-cols-2 gap-px overflow-hidden rounded-b-lg border-t bg-line sm:grid-cols-4">
      <Fact name="Synced">{formatNumber(counts?.synced ?? 0)}</Fact>
      <Fact name="Waiting">
        {formatNumber(counts?.pending ?? 0)}
        {(counts?.pending ?? 0) > 0 && oldest}
      </Fact>
      <Fact name="Failing" className={failing > 0 ? "text-bad" : undefined}>
        {formatNumber(failing)}
        {failing > 0 && oldest}
      </Fact>
      <Fact name="Last success">
        {site.lastSyncedAt ? (
          <RelativeTime value={site.lastSyncedAt} />
        ) : (
          <span className="text-faint">Never</span>
        )}
      </Fact>
    </dl>
  );
}

function Fact({
  name,
  className,
  children,
}: {
  name: string;
  className?: string | undefined;
  children: ReactNode;
}) {
  return (
    <div className="min-w-0 bg-surface px-4 py-2.5">
      <dt className="text-faint text-xs">{name}</dt>
      <dd className={cn("flex flex-wrap items-baseline gap-x-1.5 font-medium tabular-nums", className)}>
        {children}
      </dd>
    </div>
  );
}
