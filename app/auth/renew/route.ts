import { otherMethods, route } from "@/lib/http/route";
import { renewSession } from "@/lib/session/provider";
import { nextQuery } from "@/lib/session/schema";

export const GET = route({ access: "public", query: nextQuery }, renewSession);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
