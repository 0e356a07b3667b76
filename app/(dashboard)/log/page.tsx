import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { LogView } from "@/components/log/log-view";

export const metadata: Metadata = { title: "Log" };

export default async function LogPage({ searchParams }: PageProps<"/log">) {
  await requireMember("/log", searchParams);
  return <LogView />;
}
