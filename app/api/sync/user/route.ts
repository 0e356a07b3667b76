import { otherMethods, route } from "@/lib/http/route";
import { syncUserInput, userSyncQuery } from "@/lib/runs/schema";
import { getUserSync, syncUser } from "@/lib/runs/service";

export const GET = route({ access: "sync:read", query: userSyncQuery }, getUserSync);

export const POST = route({ access: "sync:run", body: syncUserInput }, syncUser);

export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET, POST });
