import { otherMethods, route } from "@/lib/http/route";
import { updateUserInput, userParams } from "@/lib/users/schema";
import { deactivateUser, getUser, updateUser } from "@/lib/users/service";

export const GET = route({ access: "users:read", params: userParams }, getUser);

export const PATCH = route({ access: "users:write", params: userParams, body: updateUserInput }, updateUser);

export const DELETE = route({ access: "users:write", params: userParams }, deactivateUser);

export const { POST, PUT, OPTIONS } = otherMethods({ GET, PATCH, DELETE });
