"use client";

import { useQuery } from "@tanstack/react-query";
import type { Route } from "next";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { planQuery } from "@/lib/plans/queries";
import { titleOf } from "./plan-words";
import { useLinkedPlan, usePlanAddress } from "./use-plan-address";

const PlanDialog = dynamic(() => import("./plan-dialog").then((file) => file.PlanDialog), { ssr: false });

/** The plan that a page's address names when it is loaded: after a reload, or by a link that somebody sent. */
export function PlanLink() {
  const id = useLinkedPlan();
  const [, setNamed] = usePlanAddress();
  const router = useRouter();
  const { data: plan } = useQuery(planQuery(id ?? undefined));
  if (id === null) return null;
  return (
    <PlanDialog
      open
      title={plan ? titleOf(plan) : "Plan"}
      made={{ data: { id }, error: null, isPending: false }}
      onApplied={(runId) => router.push(`/sync?run=${runId}` as Route)}
      onClose={() => void setNamed(null)}
    />
  );
}
