import { otherMethods, route } from "@/lib/http/route";
import { listLog } from "@/lib/runs/log";
import { listLogQuery, logPage } from "@/lib/runs/log-schema";

export const GET = route(
  {
    id: "listSyncLog",
    summary: "Lists attempts to bring a user to a site, newest first.",
    access: "sync:read",
    query: listLogQuery,
    answers: { 200: logPage },
  },
  listLog,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
