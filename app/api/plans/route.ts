import { otherMethods, route } from "@/lib/http/route";
import { planInput, planMade } from "@/lib/plans/schema";
import { makePlan } from "@/lib/plans/service";

export const POST = route(
  {
    id: "makePlan",
    summary: "Finds out what an action would do at each site, by comparing with the sites.",
    description:
      "Nothing is changed. `GET /api/plans/{id}` has the progress and the result; `POST /api/plans/{id}/apply` does exactly that, or refuses when the data moved. Besides `sync:run` it takes what the action takes: `sites:write` or `users:write`.",
    access: "sync:run",
    body: planInput,
    example: { action: "sync_all", force: true },
    answers: { 202: planMade },
    errors: ["not_found", "conflict", "credentials_missing", "credentials_unreadable"],
  },
  makePlan,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
