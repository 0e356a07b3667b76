import { otherMethods, route } from "@/lib/http/route";
import { startProvider } from "@/lib/session/provider";
import { nextQuery, providerParams } from "@/lib/session/schema";

export const GET = route(
  {
    id: "startProvider",
    summary: "Sends the browser to a provider's page to sign in there.",
    access: "public",
    params: providerParams,
    query: nextQuery,
    answers: { 302: null },
  },
  startProvider,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
