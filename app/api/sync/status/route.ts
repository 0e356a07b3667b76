import { otherMethods, route } from "@/lib/http/route";
import { listStatusQuery } from "@/lib/runs/schema";
import { listStatus } from "@/lib/runs/status";

export const GET = route({ access: "sync:read", query: listStatusQuery }, listStatus);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
