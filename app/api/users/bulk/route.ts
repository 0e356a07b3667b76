import { otherMethods, route } from "@/lib/http/route";
import { changeMany } from "@/lib/users/many";
import { changeManyInput } from "@/lib/users/schema";

export const POST = route({ access: "users:write", body: changeManyInput }, changeMany);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
