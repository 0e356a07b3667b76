import { otherMethods, route } from "@/lib/http/route";
import { listRuns } from "@/lib/runs/list";
import { listRunsQuery, runPage } from "@/lib/runs/schema";

export const GET = route(
  {
    id: "listRuns",
    summary: "Lists syncs that were asked for, with their progress, newest first.",
    access: "sync:read",
    query: listRunsQuery,
    answers: { 200: runPage },
  },
  listRuns,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
