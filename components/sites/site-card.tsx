"use client";

import { ExternalLink } from "lucide-react";
import { useId, useState } from "react";
import { May } from "@/components/access/may";
import { Badge, toneText } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { IconButton } from "@/components/ui/icon-button";
import { RelativeTime } from "@/components/ui/relative-time";
import type { SiteCounts } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { CredentialsDialog } from "./credentials-dialog";
import { healthOf } from "./site-health";
import { SITE_KINDS } from "./site-kind";
import { SiteMenu } from "./site-menu";
import { SiteNumbers } from "./site-numbers";
import { WebhookDialog } from "./webhook-dialog";

interface SiteCardProps {
  site: Site;
  counts: SiteCounts | undefined;
  sql: string;
}

export function SiteCard({ site, counts, sql }: SiteCardProps) {
  const [entering, setEntering] = useState(false);
  const title = useId();
  const health = healthOf(site);
  const kind = SITE_KINDS[site.kind];
  const close = () => setEntering(false);
  return (
    <article
      aria-labelledby={title}
      className="flex h-full flex-col rounded-lg border bg-surface shadow-card"
    >
      <div className="flex items-start gap-3 px-4 py-3.5">
        <div className="min-w-0 flex-1">
          <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
            <h2 id={title} className="min-w-0 truncate font-semibold text-base">
              {site.name}
            </h2>
            <Badge tone={health.tone} icon={health.icon}>
              {health.word}
            </Badge>
          </div>
          <p className="mt-0.5 flex items-center gap-1.5 text-faint">
            <span className="shrink-0">{kind.name}</span>
            <span aria-hidden>·</span>
            <a
              href={site.url}
              target="_blank"
              rel="noreferrer"
              className="flex min-w-0 items-center gap-1 hover:text-ink hover:underline"
            >
              <span className="truncate">{site.url}</span>
              <ExternalLink aria-hidden className="size-3 shrink-0" />
            </a>
          </p>
        </div>
        <div className="-mr-1.5 flex">
          <May scope="sites:write">
            <IconButton label={kind.credentials} onClick={() => setEntering(true)}>
              <kind.icon aria-hidden />
            </IconButton>
          </May>
          <SiteMenu site={site} />
        </div>
      </div>
      <SiteProblem site={site} onEnter={() => setEntering(true)} />
      <SiteNumbers site={site} counts={counts} />
      {entering && site.kind === "supabase" && <CredentialsDialog site={site} sql={sql} onClose={close} />}
      {entering && site.kind === "webhook" && <WebhookDialog site={site} onClose={close} />}
    </article>
  );
}

function SiteProblem({ site, onEnter }: { site: Site; onEnter: () => void }) {
  if (!site.hasCredentials) {
    return (
      <div className="mx-4 mb-3.5 flex flex-wrap items-center justify-between gap-2 rounded-md bg-warn-soft px-3 py-2">
        <p className="text-warn">{SITE_KINDS[site.kind].missing}</p>
        <May scope="sites:write">
          <Button onClick={onEnter}>Enter credentials</Button>
        </May>
      </div>
    );
  }
  if (site.health === "ok" || !site.error) return null;
  const blocked = site.health === "blocked";
  return (
    <div
      className={cn("mx-4 mb-3.5 break-words rounded-md px-3 py-2", blocked ? "bg-bad-soft" : "bg-warn-soft")}
    >
      <p className={cn("font-medium", toneText[blocked ? "bad" : "warn"])}>{site.error}</p>
      {site.advice && <p className="mt-0.5 text-ink">{site.advice}</p>}
      {site.retryAt && (
        <p className="mt-0.5 text-soft">
          Next attempt <RelativeTime value={site.retryAt} />.
        </p>
      )}
    </div>
  );
}
