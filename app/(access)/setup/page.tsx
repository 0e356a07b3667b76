import type { Metadata } from "next";
import { currentAccount } from "@/app/require-member";
import { SetupView } from "@/components/access/setup-view";

export const metadata: Metadata = { title: "Set up" };

export default async function SetupPage({ searchParams }: PageProps<"/setup">) {
  const [{ token }, account] = await Promise.all([searchParams, currentAccount()]);
  return <SetupView token={typeof token === "string" ? token : ""} signedInAs={account?.email ?? null} />;
}
