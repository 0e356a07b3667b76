import { otherMethods, route } from "@/lib/http/route";
import { countUsers } from "@/lib/users/list";
import { countUsersQuery, userCount } from "@/lib/users/list-schema";

export const GET = route(
  {
    id: "countUsers",
    summary: "Counts the users that match, exactly up to 10,000.",
    access: "users:read",
    query: countUsersQuery,
    answers: { 200: userCount },
  },
  countUsers,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
