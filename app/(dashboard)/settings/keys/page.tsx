import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { KeysView } from "@/components/keys/keys-view";
import { OwnersOnly } from "@/components/settings/owners-only";

export const metadata: Metadata = { title: "API keys" };

export default async function KeysPage() {
  await requireMember("/settings/keys");
  return (
    <OwnersOnly scope="access:manage">
      <KeysView />
    </OwnersOnly>
  );
}
