import { otherMethods, route } from "@/lib/http/route";
import { asserted, assertInput } from "@/lib/runs/request-schema";
import { assertList } from "@/lib/runs/service";

export const POST = route(
  {
    id: "assertList",
    summary: "Makes the list win over newer rows at the sites, after a restored backup.",
    description: "Safe to repeat when it was interrupted.",
    access: "sync:run",
    body: assertInput,
    example: { confirm: true },
    answers: { 202: asserted },
  },
  assertList,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
