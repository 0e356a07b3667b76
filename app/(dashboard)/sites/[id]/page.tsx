import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { SiteOverview } from "@/components/sites/page/site-overview";

export const metadata: Metadata = { title: "Site" };

export default async function SiteOverviewPage({ params, searchParams }: PageProps<"/sites/[id]">) {
  await requireMember(`/sites/${(await params).id}`, searchParams);
  const { id } = await params;
  return <SiteOverview id={id} />;
}
