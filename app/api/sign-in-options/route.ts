import { otherMethods, route } from "@/lib/http/route";
import { getSignInOptions } from "@/lib/session/options";
import { signInOptions } from "@/lib/session/schema";

export const GET = route(
  {
    id: "getSignInOptions",
    summary: "Lists the ways to sign in that the central project has switched on.",
    access: "public",
    answers: { 200: signInOptions },
  },
  getSignInOptions,
);

export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET });
