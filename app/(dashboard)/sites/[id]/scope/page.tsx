import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { SiteScope } from "@/components/scope/site-scope";

export const metadata: Metadata = { title: "Scope" };

export default async function SiteScopePage({ params, searchParams }: PageProps<"/sites/[id]/scope">) {
  const { id } = await params;
  await requireMember(`/sites/${id}/scope`, searchParams);
  return <SiteScope id={id} />;
}
