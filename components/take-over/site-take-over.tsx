"use client";

import { useQuery } from "@tanstack/react-query";
import { KeyRound, UsersRound } from "lucide-react";
import { May } from "@/components/access/may";
import { Card } from "@/components/ui/card";
import { EmptyState, Loaded, TableSkeleton } from "@/components/ui/states";
import type { Site } from "@/lib/sites/schema";
import { takeOverQuery } from "@/lib/take-over/queries";
import type { TakeOver } from "@/lib/take-over/schema";
import { Deciding } from "./deciding";
import { LookButton } from "./look-button";
import { Moving } from "./moving";
import { Result } from "./result";

/** What a site's own users are to the list: looking at them, deciding about them, and what came of it. */
export function SiteTakeOver({ site }: { site: Site }) {
  const readable = site.kind === "supabase" && site.hasCredentials;
  const take = useQuery({ ...takeOverQuery(site.id), enabled: readable });
  if (!readable) return <Unreadable site={site} />;
  return (
    <Loaded query={take} loading={<TableSkeleton rows={4} />}>
      {(state) => <State site={site} take={state} />}
    </Loaded>
  );
}

function State({ site, take }: { site: Site; take: TakeOver }) {
  switch (take.state) {
    case "none":
      return <NotLooked site={site} title="Not looked at yet" />;
    case "failed":
      return <NotLooked site={site} title="The site was changed meanwhile" reason={take.error} />;
    case "scanning":
    case "applying":
      return <Moving take={take} />;
    case "ready":
      return <Deciding key={take.scannedAt} site={site} take={take} />;
    case "done":
      return <Result site={site} take={take} />;
  }
}

interface NotLookedProps {
  site: Site;
  title: string;
  reason?: string | null;
}

function NotLooked({ site, title, reason }: NotLookedProps) {
  return (
    <Card title="Users of the site's own">
      <EmptyState
        icon={UsersRound}
        title={title}
        action={
          <May scope="sites:write">
            <LookButton siteId={site.id} primary />
          </May>
        }
      >
        {reason ? `${reason} ` : ""}
        Roster reads the site's rows and sorts them by whose they are. Nothing is changed there before you
        decide.
      </EmptyState>
    </Card>
  );
}

function Unreadable({ site }: { site: Site }) {
  return (
    <Card title="Users of the site's own">
      {site.kind === "webhook" ? (
        <EmptyState icon={UsersRound} title="This site cannot be read">
          It takes webhooks: Roster tells it about every user and cannot ask what it has.
        </EmptyState>
      ) : (
        <EmptyState icon={KeyRound} title="This site has no credentials yet">
          Save them first. If the site has users already, nothing is written there before you decide about
          them.
        </EmptyState>
      )}
    </Card>
  );
}
