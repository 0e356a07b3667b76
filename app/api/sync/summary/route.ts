import { otherMethods, route } from "@/lib/http/route";
import { summaries, summaryInput } from "@/lib/runs/insight-schema";
import { getSummaries } from "@/lib/runs/status";

export const POST = route(
  {
    id: "getSyncSummary",
    summary: "Tells at how many sites each of up to 500 users is in which state.",
    access: "sync:read",
    body: summaryInput,
    example: { userIds: ["0b7ad5a4-6c1f-4a2e-9d5b-0f4e2f3d9c11"] },
    answers: { 200: summaries },
  },
  getSummaries,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
