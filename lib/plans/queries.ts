import { mutationOptions, queryOptions } from "@tanstack/react-query";
import { callApi } from "@/lib/api-client";
import type { Plan, PlanApplied, PlanMade, PlanRequest } from "./schema";

/** A plan moves while its sites are compared, and somebody waits for it. */
const MOVING_MS = 300;

/** A plan and how far it is. */
export function planQuery(id: string | undefined) {
  return queryOptions({
    queryKey: ["plans", id],
    queryFn: ({ signal }) => callApi<Plan>("GET", `/api/plans/${id}`, { signal }),
    enabled: id !== undefined,
    refetchInterval: ({ state }) =>
      state.data === undefined || state.data.state === "planning" || state.data.state === "checking"
        ? MOVING_MS
        : false,
  });
}

/** Begins to find out what an action would do. */
export const makePlan = mutationOptions({
  mutationFn: (input: PlanRequest) => callApi<PlanMade>("POST", "/api/plans", { body: input }),
});

/** Does what was planned. */
export const applyPlan = mutationOptions({
  mutationFn: (id: string) => callApi<PlanApplied>("POST", `/api/plans/${id}/apply`),
  onSettled: (_applied, _error, id, _result, { client }) =>
    Promise.all(
      [["plans", id], ["sites"], ["users"], ["sync"], ["runs"], ["overview"]].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    ),
});
