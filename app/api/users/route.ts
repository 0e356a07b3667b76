import { otherMethods, route } from "@/lib/http/route";
import { listUsers } from "@/lib/users/list";
import { createUserInput, listUsersQuery } from "@/lib/users/schema";
import { createUser } from "@/lib/users/service";

export const GET = route({ access: "users:read", query: listUsersQuery }, listUsers);

export const POST = route({ access: "users:write", body: createUserInput, status: 201 }, createUser);

export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET, POST });
