import { otherMethods, route } from "@/lib/http/route";
import { syncUserInput, userSyncRun } from "@/lib/runs/request-schema";
import { userSync, userSyncQuery } from "@/lib/runs/schema";
import { getUserSync, syncUser } from "@/lib/runs/service";

export const GET = route(
  {
    id: "getUserSync",
    summary: "Says where a user is, and why not.",
    access: "sync:read",
    query: userSyncQuery,
    answers: { 200: userSync },
    errors: ["not_found"],
  },
  getUserSync,
);

export const POST = route(
  {
    id: "syncUser",
    summary: "Sends one user to every site again, or to one, and waits for the outcome.",
    access: "sync:run",
    body: syncUserInput,
    example: { userId: "0b7ad5a4-6c1f-4a2e-9d5b-0f4e2f3d9c11" },
    answers: { 200: userSyncRun },
    errors: ["not_found", "conflict"],
  },
  syncUser,
);

export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET, POST });
