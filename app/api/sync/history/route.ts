import { otherMethods, route } from "@/lib/http/route";
import { history, historyQuery } from "@/lib/runs/insight-schema";
import { getHistory } from "@/lib/runs/status";

export const GET = route(
  {
    id: "getSyncHistory",
    summary: "Counts attempts over the last hour, day or week.",
    access: "sync:read",
    query: historyQuery,
    answers: { 200: history },
  },
  getHistory,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
