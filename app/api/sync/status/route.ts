import { otherMethods, route } from "@/lib/http/route";
import { listStatusQuery, pairStatePage } from "@/lib/runs/schema";
import { listStatus } from "@/lib/runs/status";

export const GET = route(
  {
    id: "listSyncStatus",
    summary: "Lists pairs of user and site with their state, by user.",
    access: "sync:read",
    query: listStatusQuery,
    answers: { 200: pairStatePage },
  },
  listStatus,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
