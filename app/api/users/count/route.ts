import { otherMethods, route } from "@/lib/http/route";
import { countUsers } from "@/lib/users/list";
import { countUsersQuery } from "@/lib/users/schema";

export const GET = route({ access: "users:read", query: countUsersQuery }, countUsers);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
