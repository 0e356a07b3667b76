import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";
import { formatNumber } from "@/components/ui/numbers";
import { RelativeTime } from "@/components/ui/relative-time";
import type { SiteCounts } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { failingAt, laggingSince } from "./site-list";

interface SiteNumbersProps {
  site: Site;
  counts: SiteCounts | undefined;
  className?: string;
}

/** How many users are in which state at a site, how far it is behind, and when it last worked. */
export function SiteNumbers({ site, counts, className }: SiteNumbersProps) {
  const failing = failingAt(counts);
  const since = laggingSince(counts);
  return (
    <dl
      className={cn(
        "grid grid-cols-6 gap-px overflow-hidden bg-line sm:grid-cols-[repeat(3,1fr)_1.3fr_1.3fr]",
        className,
      )}
    >
      <Fact name="Synced">{formatNumber(counts?.synced ?? 0)}</Fact>
      <Fact name="Waiting">{formatNumber(counts?.pending ?? 0)}</Fact>
      <Fact name="Failing" className={failing > 0 ? "text-bad" : undefined}>
        {formatNumber(failing)}
      </Fact>
      <Fact name="Oldest change" wide className={since ? undefined : "font-normal text-faint"}>
        {since ? <RelativeTime value={since} /> : "None waits"}
      </Fact>
      <Fact name="Last success" wide className={site.lastSyncedAt ? undefined : "font-normal text-faint"}>
        {site.lastSyncedAt ? <RelativeTime value={site.lastSyncedAt} /> : "Never"}
      </Fact>
    </dl>
  );
}

interface FactProps {
  name: string;
  /** More than a number: half of the width where it is narrow. */
  wide?: boolean;
  className?: string | undefined;
  children: ReactNode;
}

function Fact({ name, wide, className, children }: FactProps) {
  return (
    <div className={cn("min-w-0 bg-surface px-4 py-2.5", wide ? "max-sm:col-span-3" : "max-sm:col-span-2")}>
      <dt className="truncate text-faint text-xs">{name}</dt>
      <dd className={cn("truncate font-medium tabular-nums", className)}>{children}</dd>
    </div>
  );
}
