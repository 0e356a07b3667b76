import { otherMethods, route } from "@/lib/http/route";
import { listUsers } from "@/lib/users/list";
import { listUsersQuery } from "@/lib/users/list-schema";
import { createUserInput, user, userPage } from "@/lib/users/schema";
import { createUser } from "@/lib/users/service";

export const GET = route(
  {
    id: "listUsers",
    summary: "Lists the users that match, newest first unless told otherwise.",
    access: "users:read",
    query: listUsersQuery,
    answers: { 200: userPage },
  },
  listUsers,
);

export const POST = route(
  {
    id: "createUser",
    summary: "Adds a user, who then goes to every active site.",
    access: "users:write",
    body: createUserInput,
    example: { email: "ada@example.com", full_name: "Ada Lovelace", team: "Engines" },
    answers: { 201: user },
    errors: ["conflict"],
  },
  createUser,
);

export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET, POST });
