import { otherMethods, route } from "@/lib/http/route";
import { plan, planParams } from "@/lib/plans/schema";
import { getPlan } from "@/lib/plans/service";

export const GET = route(
  {
    id: "getPlan",
    summary: "Reads a plan: how many rows would be created, changed, removed and skipped at each site.",
    access: "sync:read",
    params: planParams,
    answers: { 200: plan },
  },
  getPlan,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
