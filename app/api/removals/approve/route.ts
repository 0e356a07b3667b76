import { otherMethods, route } from "@/lib/http/route";
import { decideInput, removalsApproved } from "@/lib/removals/schema";
import { approveRemovals } from "@/lib/removals/service";

export const POST = route(
  {
    id: "approveRemovals",
    summary: "Lets held removals go on their way: of a site, of some users, or with `{}` all.",
    access: "users:write",
    body: decideInput,
    example: { userIds: ["user_ada"] },
    answers: { 200: removalsApproved },
    errors: ["conflict"],
  },
  approveRemovals,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
