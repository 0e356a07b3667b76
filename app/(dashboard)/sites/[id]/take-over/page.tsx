import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { SiteTakeOverView } from "@/components/take-over/site-take-over-view";

export const metadata: Metadata = { title: "Take over a site" };

export default async function SiteTakeOverPage({ params, searchParams }: PageProps<"/sites/[id]/take-over">) {
  await requireMember(`/sites/${(await params).id}/take-over`, searchParams);
  return <SiteTakeOverView id={(await params).id} />;
}
