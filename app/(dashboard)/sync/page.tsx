import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { SyncView } from "@/components/sync/sync-view";

export const metadata: Metadata = { title: "User Data Sync" };

export default async function SyncPage({ searchParams }: PageProps<"/sync">) {
  await requireMember("/sync", searchParams);
  return <SyncView />;
}
