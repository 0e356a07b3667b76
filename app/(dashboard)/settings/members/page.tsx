import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { MembersView } from "@/components/members/members-view";
import { OwnersOnly } from "@/components/settings/owners-only";

export const metadata: Metadata = { title: "Members" };

export default async function MembersPage() {
  await requireMember("/settings/members");
  return (
    <OwnersOnly scope="access:manage">
      <MembersView />
    </OwnersOnly>
  );
}
