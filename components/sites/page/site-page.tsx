"use client";

import type { Route } from "next";
import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { Badge } from "@/components/ui/badge";
import { TabLinks } from "@/components/ui/tab-links";
import type { SiteCounts } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { SiteActions } from "../site-actions";
import { SiteAddress } from "../site-address";
import { SiteCredentials } from "../site-credentials";
import { healthOf } from "../site-health";
import { SITE_KINDS } from "../site-kind";
import { SiteNotice } from "../site-notice";
import { sitePath } from "../site-path";
import { Disconnected, WithSite } from "./with-site";

interface SitePageProps {
  id: string;
  sql: string;
  /** The section that is looked at. */
  children: ReactNode;
}

/** A site's page: how it does and what to do, above its sections. A new section is a tab here and a page below it. */
export function SitePage({ id, sql, children }: SitePageProps) {
  const tabs = [
    { href: sitePath(id), name: "Overview" },
    { href: `${sitePath(id)}/verify` as Route, name: "Verify" },
    { href: `${sitePath(id)}/take-over` as Route, name: "Take over" },
    { href: `${sitePath(id)}/scope` as Route, name: "Scope" },
    { href: `${sitePath(id)}/mapping` as Route, name: "Mapping" },
    { href: `${sitePath(id)}/settings` as Route, name: "Settings" },
  ];
  return (
    <WithSite id={id} gone={<Disconnected />}>
      {(site, counts) => (
        <>
          <Head site={site} counts={counts} sql={sql} />
          <SiteNotice site={site} counts={counts} />
          <TabLinks label={`Sections of ${site.name}`} tabs={tabs} />
          {children}
        </>
      )}
    </WithSite>
  );
}

interface HeadProps {
  site: Site;
  counts: SiteCounts | undefined;
  sql: string;
}

function Head({ site, counts, sql }: HeadProps) {
  const [entering, setEntering] = useState(false);
  const router = useRouter();
  const health = healthOf(site, counts);
  return (
    <header className="flex items-start justify-between gap-4">
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 dir="auto" className="min-w-0 break-words font-semibold text-xl tracking-tight">
            {site.name}
          </h1>
          <Badge tone={health.tone} icon={health.icon}>
            {health.word}
          </Badge>
        </div>
        <p className="mt-0.5 flex items-center gap-1.5 text-soft">
          <span className="shrink-0">{SITE_KINDS[site.kind].name}</span>
          <span aria-hidden>·</span>
          <SiteAddress url={site.url} />
        </p>
      </div>
      <div className="-mr-1.5 flex shrink-0">
        <SiteActions
          site={site}
          counts={counts}
          onEnter={() => setEntering(true)}
          onGone={() => router.push("/sites")}
        />
      </div>
      <SiteCredentials site={entering ? site : null} sql={sql} onClose={() => setEntering(false)} />
    </header>
  );
}
