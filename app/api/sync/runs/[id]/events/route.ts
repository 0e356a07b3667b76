import { otherMethods, route } from "@/lib/http/route";
import { runEvents } from "@/lib/runs/events";
import { run, runParams } from "@/lib/runs/schema";

export const GET = route(
  {
    id: "watchRun",
    summary: "Streams the progress of a sync as server-sent events.",
    description: "One event at each change; the last one has `finishedAt`.",
    access: "sync:read",
    params: runParams,
    answers: { 200: { events: run } },
  },
  runEvents,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
