import { otherMethods, route } from "@/lib/http/route";
import { listLogQuery } from "@/lib/runs/schema";
import { listLog } from "@/lib/runs/status";

export const GET = route({ access: "sync:read", query: listLogQuery }, listLog);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
