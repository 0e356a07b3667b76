import { otherMethods, route } from "@/lib/http/route";
import { listSealingKeys } from "@/lib/secrets/service";

export const GET = route({ access: "sites:read" }, listSealingKeys);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
