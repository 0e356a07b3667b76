import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { SiteSettings } from "@/components/sites/page/site-settings";
import { readSiteSql } from "../../site-sql";

export const metadata: Metadata = { title: "Site settings" };

export default async function SiteSettingsPage({ params, searchParams }: PageProps<"/sites/[id]/settings">) {
  await requireMember(`/sites/${(await params).id}/settings`, searchParams);
  const { id } = await params;
  return <SiteSettings id={id} sql={await readSiteSql()} />;
}
