"use client";

import Link from "next/link";
import { useId } from "react";
import { Badge } from "@/components/ui/badge";
import type { Site } from "@/lib/sites/schema";
import { SiteActions } from "./site-actions";
import { SiteAddress } from "./site-address";
import { healthLooks } from "./site-health";
import { SITE_KINDS } from "./site-kind";
import type { SiteEntry } from "./site-list";
import { SiteNotice } from "./site-notice";
import { SiteNumbers } from "./site-numbers";
import { sitePath } from "./site-path";

interface SiteCardProps {
  entry: SiteEntry;
  onEnter: (site: Site) => void;
}

export function SiteCard({ entry: { site, counts, health }, onEnter }: SiteCardProps) {
  const title = useId();
  const look = healthLooks[health];
  return (
    <article
      aria-labelledby={title}
      className="flex h-full flex-col rounded-lg border bg-surface shadow-card"
    >
      <div className="flex items-start gap-3 px-4 py-3.5">
        <div className="min-w-0 flex-1">
          <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
            <h2 id={title} title={site.name} className="min-w-0 truncate font-semibold text-base">
              <Link href={sitePath(site.id)} className="rounded hover:underline">
                {site.name}
              </Link>
            </h2>
            <Badge tone={look.tone} icon={look.icon}>
              {look.word}
            </Badge>
          </div>
          <p className="mt-0.5 flex items-center gap-1.5 text-faint">
            <span className="shrink-0">{SITE_KINDS[site.kind].name}</span>
            <span aria-hidden>·</span>
            <SiteAddress url={site.url} />
          </p>
        </div>
        <div className="-mr-1.5 flex">
          <SiteActions site={site} counts={counts} onEnter={onEnter} />
        </div>
      </div>
      <SiteNotice site={site} counts={counts} className="mx-4 mb-3.5" />
      <SiteNumbers site={site} counts={counts} className="mt-auto rounded-b-lg border-t" />
    </article>
  );
}
