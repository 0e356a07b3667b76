import { otherMethods, route } from "@/lib/http/route";
import { historyQuery } from "@/lib/runs/schema";
import { getHistory } from "@/lib/runs/status";

export const GET = route({ access: "sync:read", query: historyQuery }, getHistory);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
