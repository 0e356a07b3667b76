/** What a plan does to a row. */
export const PLAN_KINDS = ["create", "update", "remove", "skip"] as const;
export type PlanKind = (typeof PLAN_KINDS)[number];
