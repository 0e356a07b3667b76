import { otherMethods, route } from "@/lib/http/route";
import { planApplied, planParams } from "@/lib/plans/schema";
import { applyPlan } from "@/lib/plans/service";

export const POST = route(
  {
    id: "applyPlan",
    summary: "Does exactly what was planned, or refuses when the data moved.",
    description:
      "The users, the sites' settings and the sites' rows are looked at again first. 409 says in `errors` what moved, and nothing was written. Where reading the sites takes longer than 20 seconds, the answer comes before that has ended: the plan's state is `checking`, then `applied` or `refused`. Besides `sync:run` it takes what the action takes.",
    access: "sync:run",
    params: planParams,
    answers: { 202: planApplied },
    errors: ["conflict"],
  },
  applyPlan,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
