import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { SiteMapping } from "@/components/mapping/site-mapping";

export const metadata: Metadata = { title: "Mapping" };

export default async function SiteMappingPage({ params, searchParams }: PageProps<"/sites/[id]/mapping">) {
  const { id } = await params;
  await requireMember(`/sites/${id}/mapping`, searchParams);
  return <SiteMapping id={id} />;
}
