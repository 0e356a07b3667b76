import { otherMethods, route } from "@/lib/http/route";
import { previewInvitation } from "@/lib/session/joining";
import { previewQuery } from "@/lib/session/schema";

export const GET = route({ access: "public", query: previewQuery }, previewInvitation);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
