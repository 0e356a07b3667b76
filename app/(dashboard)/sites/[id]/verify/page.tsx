import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { SiteVerifyView } from "@/components/verify/site-verify-view";

export const metadata: Metadata = { title: "Verify a site" };

export default async function SiteVerifyPage({ params, searchParams }: PageProps<"/sites/[id]/verify">) {
  await requireMember(`/sites/${(await params).id}/verify`, searchParams);
  return <SiteVerifyView id={(await params).id} />;
}
