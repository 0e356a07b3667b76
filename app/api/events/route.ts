import { otherMethods, route } from "@/lib/http/route";
import { pulse } from "@/lib/live/schema";
import { liveEvents } from "@/lib/live/service";

export const GET = route(
  {
    id: "watchEverything",
    summary: "Streams the counts, and marks of what may have changed, as server-sent events.",
    access: "sync:read",
    answers: { 200: { events: pulse } },
  },
  liveEvents,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
