import { notFound } from "next/navigation";
import { requireMember } from "@/app/require-member";
import { SitePage } from "@/components/sites/page/site-page";
import { connectCentre } from "@/lib/centre";
import { env } from "@/lib/env";
import { isConnected } from "@/lib/sites/service";
import { readSiteSql } from "../site-sql";

/** What all sections of a site's page share: whose it is, how it does, and what can be done with it. */
export default async function SiteLayout({ children, params }: LayoutProps<"/sites/[id]">) {
  const { id } = await params;
  await requireMember(`/sites/${id}`);
  if (!(await isConnected(connectCentre(env()), id))) notFound();
  return (
    <SitePage id={id} sql={await readSiteSql()}>
      {children}
    </SitePage>
  );
}
