import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { AlertsView } from "@/components/alerts/alerts-view";
import { OwnersOnly } from "@/components/settings/owners-only";

export const metadata: Metadata = { title: "Alerts" };

export default async function AlertsPage() {
  await requireMember("/settings/alerts");
  return (
    <OwnersOnly scope="sites:write">
      <AlertsView />
    </OwnersOnly>
  );
}
