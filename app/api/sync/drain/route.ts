import { drain } from "@/lib/drain";
import { otherMethods, route } from "@/lib/http/route";
import { drained, drainInput } from "@/lib/runs/request-schema";

export const POST = route(
  {
    id: "drain",
    summary:
      "Syncs for some seconds and says what is left: for a scheduler, where no worker can stay running.",
    description: "Call again while `done` is false. Calls may overlap.",
    access: "drain",
    body: drainInput,
    example: { seconds: 20 },
    answers: { 200: drained },
  },
  drain,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
