import { otherMethods, route } from "@/lib/http/route";
import { renewSession } from "@/lib/session/provider";
import { nextQuery } from "@/lib/session/schema";

export const GET = route(
  {
    id: "renewSession",
    summary: "Renews a session for a page, and leads back there.",
    access: "public",
    query: nextQuery,
    answers: { 302: null },
    errors: ["rate_limited"],
  },
  renewSession,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
