import { otherMethods, route } from "@/lib/http/route";
import { matrixInput } from "@/lib/runs/schema";
import { getMatrix } from "@/lib/runs/status";

export const POST = route({ access: "sync:read", body: matrixInput }, getMatrix);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
