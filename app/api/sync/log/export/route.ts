import { otherMethods, route } from "@/lib/http/route";
import { exportLog } from "@/lib/runs/log";
import { exportLogQuery } from "@/lib/runs/log-schema";

export const GET = route(
  {
    id: "exportSyncLog",
    summary: "Streams the attempts that match as CSV, newest first.",
    access: "sync:read",
    query: exportLogQuery,
    answers: { 200: { csv: true } },
  },
  exportLog,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
