import { otherMethods, route } from "@/lib/http/route";
import { acceptInvitation } from "@/lib/session/joining";
import { acceptInput } from "@/lib/session/schema";

export const POST = route({ access: "public", body: acceptInput }, acceptInvitation);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
