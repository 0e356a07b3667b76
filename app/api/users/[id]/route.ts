import { otherMethods, route } from "@/lib/http/route";
import { updateUserInput, user, userParams } from "@/lib/users/schema";
import { deactivateUser, getUser, updateUser } from "@/lib/users/service";

export const GET = route(
  {
    id: "getUser",
    summary: "Reads one user.",
    access: "users:read",
    params: userParams,
    answers: { 200: user },
  },
  getUser,
);

export const PATCH = route(
  {
    id: "updateUser",
    summary: "Changes the fields of a user that are given; every site has them a moment later.",
    access: "users:write",
    params: userParams,
    body: updateUserInput,
    example: { team: "Engines" },
    answers: { 200: user },
    errors: ["conflict"],
  },
  updateUser,
);

export const DELETE = route(
  {
    id: "deactivateUser",
    summary: "Makes a user inactive, who is then removed from every site; the record stays.",
    access: "users:write",
    params: userParams,
    answers: { 200: user },
  },
  deactivateUser,
);

export const { POST, PUT, OPTIONS } = otherMethods({ GET, PATCH, DELETE });
