import { otherMethods, route } from "@/lib/http/route";
import { retried, retryInput } from "@/lib/runs/request-schema";
import { retrySync } from "@/lib/runs/service";

export const POST = route(
  {
    id: "retrySync",
    summary:
      "Tries again at once what failed: one pair or user (before which newer rows at sites give way), one site, or with `{}` everything.",
    access: "sync:run",
    body: retryInput,
    example: {},
    answers: { 202: retried },
  },
  retrySync,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
