import { otherMethods, route } from "@/lib/http/route";
import { getSignInOptions } from "@/lib/session/options";

export const GET = route({ access: "public" }, getSignInOptions);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
