import { otherMethods, route } from "@/lib/http/route";
import { listCauses } from "@/lib/runs/status";

export const GET = route({ access: "sync:read" }, listCauses);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
