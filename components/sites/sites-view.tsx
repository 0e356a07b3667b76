"use client";

import { useQuery } from "@tanstack/react-query";
import { Globe, Plus, SearchX } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { May } from "@/components/access/may";
import { useMay } from "@/components/access/use-may";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { EmptyState, Loaded, Skeleton } from "@/components/ui/states";
import { overviewQuery } from "@/lib/runs/queries";
import { sitesQuery } from "@/lib/sites/queries";
import type { Site } from "@/lib/sites/schema";
import { useGuide } from "./guide/use-guide";
import { PrepareSite } from "./prepare-site";
import { SiteCard } from "./site-card";
import { SiteCredentials } from "./site-credentials";
import { findSites, listSites } from "./site-list";
import { SitesToolbar } from "./sites-toolbar";
import { useSitesLook } from "./use-sites-look";

// Forms come when they are opened.
const SitesTable = dynamic(() => import("./sites-table").then((file) => file.SitesTable), { ssr: false });
const SiteGuide = dynamic(() => import("./guide/site-guide").then((file) => file.SiteGuide), { ssr: false });

export function SitesView({ sql }: { sql: string }) {
  const guide = useGuide();
  const sites = useQuery(sitesQuery);
  return (
    <>
      <PageHeader
        title="Connected Sites"
        description="The Supabase projects and HTTP endpoints that receive every user."
        actions={
          <May scope="sites:write">
            <Button variant="primary" onClick={guide.add}>
              <Plus aria-hidden />
              Add Site
            </Button>
          </May>
        }
      />
      <Loaded query={sites} loading={<Loading />}>
        {(items) => (
          <>
            {items.length === 0 ? <NoSites /> : <Sites sites={items} sql={sql} />}
            <SiteGuide sites={items} sql={sql} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading" className="grid gap-4 xl:grid-cols-2">
      {[1, 2, 3, 4].map((card) => (
        <Skeleton key={card} className="h-32 rounded-lg" />
      ))}
    </div>
  );
}

/** Cards outside the window are not drawn. */
const CARD = "min-w-0 [contain-intrinsic-size:auto_11rem] [content-visibility:auto]";

function Sites({ sites, sql }: { sites: Site[]; sql: string }) {
  const { data: overview } = useQuery(overviewQuery);
  const [entering, setEntering] = useState<string | null>(null);
  const guide = useGuide();
  const look = useSitesLook(sites.length);
  const entries = listSites(sites, overview?.sites ?? []);
  const found = findSites(entries, look.search, look.health);

  function enter(site: Site) {
    // Both ask for the same; the one that was opened last is meant.
    if (guide.siteId !== null) void guide.close();
    setEntering(site.id);
  }

  return (
    <>
      <SitesToolbar entries={entries} shown={found.length} look={look} />
      {found.length === 0 ? (
        <NothingFound onClear={look.clear} />
      ) : look.look === "list" ? (
        <SitesTable entries={found} onEnter={enter} />
      ) : (
        <>
          <ul className="grid gap-4 xl:grid-cols-2">
            {found.map((entry) => (
              <li key={entry.site.id} className={CARD}>
                <SiteCard entry={entry} onEnter={enter} />
              </li>
            ))}
          </ul>
          <May scope="sites:write">
            <PrepareSite sql={sql} />
          </May>
        </>
      )}
      <SiteCredentials
        site={sites.find(({ id }) => id === entering) ?? null}
        sql={sql}
        onClose={() => setEntering(null)}
      />
    </>
  );
}

function NoSites() {
  const guide = useGuide();
  const adds = useMay("sites:write");
  return (
    <Card>
      <EmptyState
        icon={Globe}
        title="No site connected yet"
        action={
          adds && (
            <Button variant="primary" onClick={guide.add}>
              Add the first site
            </Button>
          )
        }
      >
        {adds
          ? "You need its name and URL, and either its Supabase URL and secret key or an endpoint that takes webhooks."
          : "An admin can add the first one. Its users and their state then show here."}
      </EmptyState>
    </Card>
  );
}

function NothingFound({ onClear }: { onClear: () => void }) {
  return (
    <Card>
      <EmptyState
        icon={SearchX}
        title="No site matches"
        action={<Button onClick={onClear}>Clear the filters</Button>}
      >
        Try a part of its name or URL, or another health.
      </EmptyState>
    </Card>
  );
}
