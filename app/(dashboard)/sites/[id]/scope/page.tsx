import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { SiteScope } from "@/components/scope/site-scope";

export const metadata: Metadata = { title: "Scope" };

export default async function SiteScopePage({ params, searchParams }: PageProps<"/sites/[id]/scope">) {
  await requireMember(`/sites/${(await params).id}/scope`, searchParams);
  const { id } = await params;
  return <SiteScope id={id} />;
}
