import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { RemovalsView } from "@/components/removals/removals-view";

export const metadata: Metadata = { title: "Held removals" };

export default async function RemovalsPage({ searchParams }: PageProps<"/removals">) {
  await requireMember("/removals", searchParams);
  return <RemovalsView />;
}
