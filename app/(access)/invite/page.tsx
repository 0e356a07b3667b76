import type { Metadata } from "next";
import { InviteView } from "@/components/access/invite-view";

export const metadata: Metadata = { title: "Invitation" };

export default async function InvitePage({ searchParams }: PageProps<"/invite">) {
  const { token } = await searchParams;
  return <InviteView token={typeof token === "string" ? token : ""} signedInAs={null} />;
}
