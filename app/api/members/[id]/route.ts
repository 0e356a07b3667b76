import { otherMethods, route } from "@/lib/http/route";
import { changeRoleInput, member, memberParams } from "@/lib/members/schema";
import { changeRole, removeMember } from "@/lib/members/service";

export const PATCH = route(
  {
    id: "changeRole",
    summary: "Changes a member's role, from its next request on.",
    access: "access:manage",
    params: memberParams,
    body: changeRoleInput,
    example: { role: "admin" },
    answers: { 200: member },
    errors: ["last_owner"],
  },
  changeRole,
);

export const DELETE = route(
  {
    id: "removeMember",
    summary: "Removes a member and ends its sessions at once; the account stays.",
    access: "access:manage",
    params: memberParams,
    answers: { 200: member },
    errors: ["last_owner"],
  },
  removeMember,
);

export const { GET, POST, PUT, OPTIONS } = otherMethods({ PATCH, DELETE });
