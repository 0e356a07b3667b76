import { otherMethods, route } from "@/lib/http/route";
import { finishProvider } from "@/lib/session/provider";
import { callbackQuery } from "@/lib/session/schema";

export const GET = route({ access: "public", query: callbackQuery }, finishProvider);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
