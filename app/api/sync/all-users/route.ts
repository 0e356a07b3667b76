import { otherMethods, route } from "@/lib/http/route";
import { syncAllInput, syncAllStarted } from "@/lib/runs/request-schema";
import { syncAll } from "@/lib/runs/service";

export const POST = route(
  {
    id: "syncAllUsers",
    summary: "Sends every user to all sites, or to those named.",
    description:
      "Users whose present row a site has confirmed count as done there and are not written again, unless `force` is true. `GET /api/sync/runs/{id}` has the progress.",
    access: "sync:run",
    body: syncAllInput,
    example: {},
    answers: { 202: syncAllStarted },
    errors: ["conflict", "credentials_missing"],
  },
  syncAll,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
