import type { Plan } from "@/lib/plans/schema";
import type { Rpc } from "./rpc";

/** Plans. */
export type PlanFunctions = {
  plan_create: Rpc<
    { action: Plan["action"]; input: Record<string, unknown>; requested_by: string },
    { id: string } | { problem: "unknown" | "too_many" }
  >;
  plan_add_users: Rpc<{ plan_id: string; list: object[] }, undefined>;
  plan_start: Rpc<{ plan_id: string; report: object | null }, undefined>;
  plan_read: Rpc<{ plan_id: string }, Plan | null>;
  plan_state: Rpc<{ plan_id: string }, Pick<Plan, "state" | "moved"> | null>;
  plan_apply: Rpc<
    { plan_id: string; requested_by: string },
    { runId: string } | { moved: string[] } | { problem: "unknown" | "draft" | Plan["state"] }
  >;
};
