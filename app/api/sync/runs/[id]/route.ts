import { otherMethods, route } from "@/lib/http/route";
import { runParams } from "@/lib/runs/schema";
import { getRun } from "@/lib/runs/service";

export const GET = route({ access: "sync:read", params: runParams }, getRun);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
