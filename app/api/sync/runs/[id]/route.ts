import { otherMethods, route } from "@/lib/http/route";
import { run, runParams } from "@/lib/runs/schema";
import { getRun } from "@/lib/runs/service";

export const GET = route(
  {
    id: "getRun",
    summary: "Reads the progress of a sync.",
    access: "sync:read",
    params: runParams,
    answers: { 200: run },
  },
  getRun,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
