import type { Metadata } from "next";
import { requireMember } from "@/app/require-member";
import { AuditView } from "@/components/audit/audit-view";
import { OwnersOnly } from "@/components/settings/owners-only";

export const metadata: Metadata = { title: "Audit log" };

export default async function AuditPage({ searchParams }: PageProps<"/settings/audit">) {
  await requireMember("/settings/audit", searchParams);
  return (
    <OwnersOnly scope="audit:read">
      <AuditView />
    </OwnersOnly>
  );
}
