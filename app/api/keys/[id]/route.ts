import { otherMethods, route } from "@/lib/http/route";
import { keyParams } from "@/lib/keys/schema";
import { revokeKey } from "@/lib/keys/service";

export const DELETE = route({ access: "access:manage", params: keyParams }, revokeKey);

export const { GET, POST, PUT, PATCH, OPTIONS } = otherMethods({ DELETE });
