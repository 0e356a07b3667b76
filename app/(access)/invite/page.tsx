import type { Metadata } from "next";
import { currentAccount } from "@/app/require-member";
import { InviteView } from "@/components/access/invite-view";

export const metadata: Metadata = { title: "Invitation" };

export default async function InvitePage({ searchParams }: PageProps<"/invite">) {
  const [{ token }, account] = await Promise.all([searchParams, currentAccount()]);
  return <InviteView token={typeof token === "string" ? token : ""} signedInAs={account?.email ?? null} />;
}
