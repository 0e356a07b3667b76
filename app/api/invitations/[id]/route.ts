import { otherMethods, route } from "@/lib/http/route";
import { withdrawInvitation } from "@/lib/members/invitations";
import { invitationParams } from "@/lib/members/schema";

export const DELETE = route({ access: "access:manage", params: invitationParams }, withdrawInvitation);

export const { GET, POST, PUT, PATCH, OPTIONS } = otherMethods({ DELETE });
