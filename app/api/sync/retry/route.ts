import { otherMethods, route } from "@/lib/http/route";
import { retryInput } from "@/lib/runs/schema";
import { retrySync } from "@/lib/runs/service";

export const POST = route({ access: "sync:run", body: retryInput, status: 202 }, retrySync);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
