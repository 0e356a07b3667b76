import { otherMethods, route } from "@/lib/http/route";
import { listFacets } from "@/lib/users/list";

export const GET = route({ access: "users:read" }, listFacets);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
