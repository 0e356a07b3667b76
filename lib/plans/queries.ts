import { mutationOptions, queryOptions } from "@tanstack/react-query";
import { ApiError, callApi, isUnknown } from "@/lib/api-client";
import type { Plan, PlanApplied, PlanMade, PlanRequest } from "./schema";

/** A plan moves while its sites are compared, and somebody waits for it. */
const MOVING_MS = 300;

/** A plan and how far it is. */
export function planQuery(id: string | undefined) {
  return queryOptions({
    queryKey: ["plans", id],
    queryFn: ({ signal }) => callApi<Plan>("GET", `/api/plans/${id}`, { signal }),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => (isMoving(state.data) && !isUnknown(state.error) ? MOVING_MS : false),
  });
}

function isMoving(plan: Plan | undefined): boolean {
  return plan === undefined || plan.state === "planning" || plan.state === "checking";
}

/** Begins to find out what an action would do. */
export const makePlan = mutationOptions({
  mutationFn: (input: PlanRequest) => callApi<PlanMade>("POST", "/api/plans", { body: input }),
});

/** How often one looks whether a large plan is still what the sites have. */
const CHECKING_MS = 1_000;

/** Does what was planned. Ends when it is done or refused, also where reading the sites again takes long. */
export const applyPlan = mutationOptions({
  mutationFn: async (id: string) => {
    const applied = await callApi<PlanApplied>("POST", `/api/plans/${id}/apply`);
    for (;;) {
      const { state, moved } = await callApi<Plan>("GET", `/api/plans/${id}`);
      if (state === "refused") {
        const errors = moved.map((message) => ({ path: "", message }));
        throw new ApiError(
          409,
          "conflict",
          "The data moved since this was planned, so nothing was done.",
          errors,
        );
      }
      if (state !== "checking") return applied;
      await new Promise((resolve) => setTimeout(resolve, CHECKING_MS));
    }
  },
  onSettled: (_applied, _error, id, _result, { client }) =>
    Promise.all(
      [["plans", id], ["sites"], ["users"], ["sync"], ["runs"]].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    ),
});
