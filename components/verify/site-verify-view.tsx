"use client";

import { WithSite } from "@/components/sites/page/with-site";
import { SiteVerifySection } from "./site-verify";

/** The section of a site's page that says whether its rows are as the list has them. */
export function SiteVerifyView({ id }: { id: string }) {
  return <WithSite id={id}>{(site) => <SiteVerifySection site={site} />}</WithSite>;
}
