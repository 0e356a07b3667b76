import { otherMethods, route } from "@/lib/http/route";
import { liveEvents } from "@/lib/live/service";

export const GET = route({ access: "sync:read" }, liveEvents);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
