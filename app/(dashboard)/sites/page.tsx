import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { SitesView } from "@/components/sites/sites-view";
import { readSiteSql } from "./site-sql";

export const metadata: Metadata = { title: "Connected Sites" };

export default async function SitesPage({ searchParams }: PageProps<"/sites">) {
  await requireMember("/sites", searchParams);
  return <SitesView sql={await readSiteSql()} />;
}
