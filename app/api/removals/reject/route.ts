import { otherMethods, route } from "@/lib/http/route";
import { decideInput, removalsRejected } from "@/lib/removals/schema";
import { rejectRemovals } from "@/lib/removals/service";

export const POST = route(
  {
    id: "rejectRemovals",
    summary: "Makes users active again, as they were, whose removal is held somewhere.",
    description:
      "They are active everywhere then, also at sites that have removed them already. A field that somebody changed " +
      "since they left stays as it is.",
    access: "users:write",
    body: decideInput,
    example: { userIds: ["user_ada"] },
    answers: { 200: removalsRejected },
    errors: ["conflict"],
  },
  rejectRemovals,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
