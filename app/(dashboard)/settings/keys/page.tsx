import type { Metadata } from "next";
import { KeysView } from "@/components/keys/keys-view";
import { OwnersOnly } from "@/components/settings/owners-only";

export const metadata: Metadata = { title: "API keys" };

export default function KeysPage() {
  return (
    <OwnersOnly scope="access:manage">
      <KeysView />
    </OwnersOnly>
  );
}
