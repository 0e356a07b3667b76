import type { Metadata } from "next";
import { MembersView } from "@/components/members/members-view";
import { OwnersOnly } from "@/components/settings/owners-only";

export const metadata: Metadata = { title: "Members" };

export default function MembersPage() {
  return (
    <OwnersOnly scope="access:manage">
      <MembersView />
    </OwnersOnly>
  );
}
