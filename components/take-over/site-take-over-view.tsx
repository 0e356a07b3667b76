"use client";

import { WithSite } from "@/components/sites/page/with-site";
import { SiteTakeOver } from "./site-take-over";

/** The section of a site's page where its own users meet the list. */
export function SiteTakeOverView({ id }: { id: string }) {
  return <WithSite id={id}>{(site) => <SiteTakeOver site={site} />}</WithSite>;
}
