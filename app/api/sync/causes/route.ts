import { otherMethods, route } from "@/lib/http/route";
import { causes, listCausesQuery } from "@/lib/runs/insight-schema";
import { listCauses } from "@/lib/runs/status";

export const GET = route(
  {
    id: "listSyncCauses",
    summary: "Groups what fails now by site and reason, what concerns most users first.",
    access: "sync:read",
    query: listCausesQuery,
    answers: { 200: causes },
  },
  listCauses,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
