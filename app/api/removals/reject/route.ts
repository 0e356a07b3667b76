import { otherMethods, route } from "@/lib/http/route";
import { decideInput, removalsRejected } from "@/lib/removals/schema";
import { rejectRemovals } from "@/lib/removals/service";

export const POST = route(
  {
    id: "rejectRemovals",
    summary: "Puts users back as they were whose removal is held somewhere.",
    description:
      "Who left the list is active again, and who left a site's scope has the fields back by which they left. That is so " +
      "everywhere, also at sites that have removed them already. A field that somebody changed since they left stays as it is.",
    access: "users:write",
    body: decideInput,
    example: { userIds: ["user_ada"] },
    answers: { 200: removalsRejected },
    errors: ["conflict"],
  },
  rejectRemovals,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
