import { otherMethods, route } from "@/lib/http/route";
import { startProvider } from "@/lib/session/provider";
import { nextQuery, providerParams } from "@/lib/session/schema";

export const GET = route({ access: "public", params: providerParams, query: nextQuery }, startProvider);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
