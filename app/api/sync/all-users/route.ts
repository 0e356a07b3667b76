import { otherMethods, route } from "@/lib/http/route";
import { syncAllInput } from "@/lib/runs/schema";
import { syncAll } from "@/lib/runs/service";

export const POST = route({ access: "sync:run", body: syncAllInput, status: 202 }, syncAll);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
