import { otherMethods, route } from "@/lib/http/route";
import { signInInput, signOutQuery } from "@/lib/session/schema";
import { getSession, signIn, signOut } from "@/lib/session/service";

export const GET = route({ access: "member" }, getSession);

export const POST = route({ access: "public", body: signInInput }, signIn);

export const DELETE = route({ access: "public", query: signOutQuery }, signOut);

export const { PUT, PATCH, OPTIONS } = otherMethods({ GET, POST, DELETE });
