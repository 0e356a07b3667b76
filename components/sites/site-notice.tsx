"use client";

import type { Route } from "next";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { count } from "@/components/ui/numbers";
import type { SiteCounts } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { DisconnectingNotice } from "./disconnecting-notice";
import { Notice, Trouble } from "./notice";
import { SITE_KINDS } from "./site-kind";
import { sitePath } from "./site-path";

interface SiteNoticeProps {
  site: Site;
  counts: SiteCounts | undefined;
  className?: string | undefined;
}

/** What stands in the way of a site and what to do about it; nothing while it is well. */
export function SiteNotice({ site, counts, className }: SiteNoticeProps) {
  if (site.status === "disconnecting") {
    return <DisconnectingNotice site={site} counts={counts} className={className} />;
  }
  if (site.waitsForTakeOver) return <UsersNotice site={site} className={className} />;
  if (!site.hasCredentials) {
    return (
      <Notice tone="warn" className={cn("flex flex-wrap items-center justify-between gap-2", className)}>
        <p className="text-warn">{SITE_KINDS[site.kind].missing}</p>
        <May scope="sites:write">
          <ContinueSetup siteId={site.id} />
        </May>
      </Notice>
    );
  }
  if (site.health === "ok" && counts && counts.drifted > 0)
    return <DriftNotice site={site} drifted={counts.drifted} className={className} />;
  if (site.health === "ok" || !site.error) return null;
  return (
    <Notice tone={site.health === "blocked" ? "bad" : "warn"} className={className}>
      <Trouble site={site} />
    </Notice>
  );
}

/** Says that a site had users when it was connected, and that somebody has to decide about them. */
function UsersNotice({ site, className }: Pick<SiteNoticeProps, "site" | "className">) {
  const here = `${sitePath(site.id)}/take-over`;
  // There it says so itself.
  if (usePathname() === here) return null;
  return (
    <Notice tone="warn" className={cn("flex flex-wrap items-center justify-between gap-2", className)}>
      <p className="min-w-0 flex-1 text-warn">
        This site has users of its own. Nothing is written there until you decide about them.
      </p>
      <Button asChild>
        <Link href={here as Route}>Decide</Link>
      </Button>
    </Notice>
  );
}

interface DriftNoticeProps {
  site: Site;
  drifted: number;
  className?: string | undefined;
}

/** Says that a comparison found other rows at the site than the list has. */
function DriftNotice({ site, drifted, className }: DriftNoticeProps) {
  const here = `${sitePath(site.id)}/verify`;
  // There it says so itself.
  if (usePathname() === here) return null;
  return (
    <Notice tone="warn" className={cn("flex flex-wrap items-center justify-between gap-2", className)}>
      <p className="text-warn">
        {count(drifted, "user")} {drifted === 1 ? "is" : "are"} not at this site as in the list.
      </p>
      <Link href={here as Route} className="text-warn underline underline-offset-2">
        See which
      </Link>
    </Notice>
  );
}

function ContinueSetup({ siteId }: { siteId: string }) {
  return (
    <Button asChild>
      <Link href={`/sites?setup=${siteId}`}>Continue setup</Link>
    </Button>
  );
}
