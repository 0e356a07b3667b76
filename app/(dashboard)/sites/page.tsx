import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { SitesView } from "@/components/sites/sites-view";

export const metadata: Metadata = { title: "Connected Sites" };

export default async function SitesPage() {
  await requireMember("/sites");
  const sql = await readFile(join(process.cwd(), "supabase", "site", "user_profiles.sql"), "utf8");
  return <SitesView sql={sql} />;
}
