import { otherMethods, route } from "@/lib/http/route";
import { user, userParams } from "@/lib/users/schema";
import { reactivateUser } from "@/lib/users/service";

export const POST = route(
  {
    id: "reactivateUser",
    summary: "Makes a user active again, who then goes back to every site.",
    access: "users:write",
    params: userParams,
    answers: { 200: user },
  },
  reactivateUser,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
