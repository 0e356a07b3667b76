"use client";

import { useQuery } from "@tanstack/react-query";
import { Globe, Plus } from "lucide-react";
import { useState } from "react";
import { May } from "@/components/access/may";
import { useMay } from "@/components/access/use-may";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { PageHeader } from "@/components/ui/page-header";
import { EmptyState, Loaded } from "@/components/ui/states";
import { overviewQuery } from "@/lib/runs/queries";
import { sitesQuery } from "@/lib/sites/queries";
import { SiteCard } from "./site-card";
import { SiteDialog } from "./site-dialog";

export function SitesView({ sql }: { sql: string }) {
  const [adding, setAdding] = useState(false);
  const sites = useQuery(sitesQuery);
  const overview = useQuery(overviewQuery);
  const add = (
    <Button variant="primary" onClick={() => setAdding(true)}>
      <Plus aria-hidden />
      Add Site
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Connected Sites"
        description="The Supabase projects and HTTP endpoints that receive every user."
        actions={<May scope="sites:write">{add}</May>}
      />
      <Loaded query={sites}>
        {(items) =>
          items.length === 0 ? (
            <NoSites />
          ) : (
            <ul className="grid gap-4 xl:grid-cols-2">
              {items.map((site) => (
                <li key={site.id} className="min-w-0">
                  <SiteCard
                    site={site}
                    counts={overview.data?.sites.find(({ siteId }) => siteId === site.id)}
                    sql={sql}
                  />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <May scope="sites:write">
        <PrepareSite sql={sql} />
      </May>
      {adding && <SiteDialog site={null} onClose={() => setAdding(false)} />}
    </>
  );
}

function NoSites() {
  const adds = useMay("sites:write");
  return (
    <Card>
      <EmptyState icon={Globe} title="No site connected yet">
        {adds
          ? "Add the first site above. You need its name, its URL, and its Supabase URL and secret key or the URL of an endpoint that takes webhooks."
          : "An admin can add the first one. Its users and their state then show here."}
      </EmptyState>
    </Card>
  );
}

function PrepareSite({ sql }: { sql: string }) {
  return (
    <section className="space-y-3">
      <div>
        <h2 className="font-semibold text-base">Prepare a site's database</h2>
        <p className="max-w-2xl text-soft">
          Run this once in the SQL Editor of each site's Supabase project. It creates the table that Roster
          fills, closed to the public, and may be run again.
        </p>
      </div>
      <CodeBlock label="user_profiles.sql" code={sql} copy="Copy SQL" />
    </section>
  );
}
