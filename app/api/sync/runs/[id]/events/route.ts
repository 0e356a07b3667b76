import { otherMethods, route } from "@/lib/http/route";
import { runEvents } from "@/lib/runs/events";
import { runParams } from "@/lib/runs/schema";

export const GET = route({ access: "sync:read", params: runParams }, runEvents);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
