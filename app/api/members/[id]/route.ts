import { otherMethods, route } from "@/lib/http/route";
import { changeRoleInput, memberParams } from "@/lib/members/schema";
import { changeRole, removeMember } from "@/lib/members/service";

export const PATCH = route(
  { access: "access:manage", params: memberParams, body: changeRoleInput },
  changeRole,
);

export const DELETE = route({ access: "access:manage", params: memberParams }, removeMember);

export const { GET, POST, PUT, OPTIONS } = otherMethods({ PATCH, DELETE });
