import { alertPage, listAlertsQuery } from "@/lib/alerts/schema";
import { listAlerts } from "@/lib/alerts/service";
import { otherMethods, route } from "@/lib/http/route";

export const GET = route(
  {
    id: "listAlerts",
    summary: "Lists what is the matter and what was, newest first.",
    access: "sync:read",
    query: listAlertsQuery,
    answers: { 200: alertPage },
  },
  listAlerts,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
