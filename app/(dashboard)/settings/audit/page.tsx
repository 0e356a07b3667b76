import type { Metadata } from "next";
import { Suspense } from "react";
import { AuditView } from "@/components/audit/audit-view";
import { OwnersOnly } from "@/components/settings/owners-only";

export const metadata: Metadata = { title: "Audit log" };

export default function AuditPage() {
  return (
    <OwnersOnly scope="audit:read">
      <Suspense>
        <AuditView />
      </Suspense>
    </OwnersOnly>
  );
}
