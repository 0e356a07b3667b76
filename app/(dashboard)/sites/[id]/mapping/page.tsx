import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { SiteMapping } from "@/components/mapping/site-mapping";

export const metadata: Metadata = { title: "Mapping" };

export default async function SiteMappingPage({ params, searchParams }: PageProps<"/sites/[id]/mapping">) {
  await requireMember(`/sites/${(await params).id}/mapping`, searchParams);
  const { id } = await params;
  return <SiteMapping id={id} />;
}
