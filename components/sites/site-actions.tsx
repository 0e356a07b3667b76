"use client";

import dynamic from "next/dynamic";
import { May } from "@/components/access/may";
import { IconButton } from "@/components/ui/icon-button";
import type { SiteCounts } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { SITE_KINDS } from "./site-kind";

// Menus come while the sites are on their way.
const SiteMenu = dynamic(() => import("./site-menu").then((file) => file.SiteMenu), {
  ssr: false,
  loading: () => <span className="inline-block size-8 align-middle pointer-coarse:size-10" />,
});

interface SiteActionsProps {
  site: Site;
  counts: SiteCounts | undefined;
  /** Opens the site's credentials. */
  onEnter: (site: Site) => void;
  onGone?: () => void;
}

/** The icon that opens a site's credentials, and its menu. */
export function SiteActions({ site, onEnter, ...more }: SiteActionsProps) {
  const kind = SITE_KINDS[site.kind];
  return (
    <>
      <May scope="sites:write">
        <IconButton label={kind.credentials} onClick={() => onEnter(site)}>
          <kind.icon aria-hidden />
        </IconButton>
      </May>
      <SiteMenu site={site} {...more} />
    </>
  );
}
