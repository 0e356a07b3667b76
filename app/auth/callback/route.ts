import { otherMethods, route } from "@/lib/http/route";
import { finishProvider } from "@/lib/session/provider";
import { callbackQuery } from "@/lib/session/schema";

export const GET = route(
  {
    id: "finishProvider",
    summary: "Takes the browser back from a provider's page, and signs it in.",
    access: "public",
    query: callbackQuery,
    answers: { 302: null },
    errors: ["rate_limited"],
  },
  finishProvider,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
