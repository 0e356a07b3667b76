import { otherMethods, route } from "@/lib/http/route";
import { repairInput, repairStarted, verificationParams } from "@/lib/verify/schema";
import { repairFindings } from "@/lib/verify/service";

export const POST = route(
  {
    id: "repairFindings",
    summary: "Puts right what a comparison found: all rows of a kind, or those named.",
    description:
      "Different and missing rows are written again. Extra rows are removed as the site removes users who leave.",
    access: "sync:run",
    params: verificationParams,
    body: repairInput,
    example: { kind: "different" },
    answers: { 202: repairStarted },
    errors: ["conflict"],
  },
  repairFindings,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
