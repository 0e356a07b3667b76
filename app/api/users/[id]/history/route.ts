import { otherMethods, route } from "@/lib/http/route";
import { changesOfUser } from "@/lib/users/history";
import { userChangesPage, userChangesQuery } from "@/lib/users/history-schema";
import { userParams } from "@/lib/users/schema";

export const GET = route(
  {
    id: "listUserChanges",
    summary: "Lists what was changed of a user and by whom, newest first, also of one who is gone.",
    access: "users:read",
    params: userParams,
    query: userChangesQuery,
    answers: { 200: userChangesPage },
  },
  changesOfUser,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
