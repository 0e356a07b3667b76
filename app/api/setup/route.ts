import { otherMethods, route } from "@/lib/http/route";
import { acceptSetup } from "@/lib/session/joining";
import { acceptInput } from "@/lib/session/schema";

export const POST = route({ access: "public", body: acceptInput }, acceptSetup);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
