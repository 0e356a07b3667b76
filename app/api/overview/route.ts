import { otherMethods, route } from "@/lib/http/route";
import { overview } from "@/lib/runs/schema";
import { getOverview } from "@/lib/runs/service";

export const GET = route(
  {
    id: "getOverview",
    summary: "Counts users, sites and what is on its way between them.",
    access: "sync:read",
    answers: { 200: overview },
  },
  getOverview,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
