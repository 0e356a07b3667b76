import { otherMethods, route } from "@/lib/http/route";
import { userParams } from "@/lib/users/schema";
import { reactivateUser } from "@/lib/users/service";

export const POST = route({ access: "users:write", params: userParams }, reactivateUser);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
