import { otherMethods, route } from "@/lib/http/route";
import { getOverview } from "@/lib/runs/service";

export const GET = route({ access: "sync:read" }, getOverview);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
