import { otherMethods, route } from "@/lib/http/route";
import { listRemovalsQuery, removalPage } from "@/lib/removals/schema";
import { listRemovals } from "@/lib/removals/service";

export const GET = route(
  {
    id: "listRemovals",
    summary: "Lists removals that are held until somebody approves or rejects them.",
    description:
      "When more users than a site's `removalGuard` allows would be removed from it within an hour, all of these " +
      "removals are held there, and everything else goes on.",
    access: "sync:read",
    query: listRemovalsQuery,
    answers: { 200: removalPage },
  },
  listRemovals,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
