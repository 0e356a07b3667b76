import { otherMethods, route } from "@/lib/http/route";
import { session, signedIn, signInInput, signOutQuery } from "@/lib/session/schema";
import { getSession, signIn, signOut } from "@/lib/session/service";

export const GET = route(
  {
    id: "getSession",
    summary: "Says who is signed in.",
    access: "member",
    answers: { 200: session },
  },
  getSession,
);

export const POST = route(
  {
    id: "signIn",
    summary: "Signs in with e-mail and password, and sets the session's cookies.",
    access: "public",
    body: signInInput,
    example: { email: "ada@example.com", password: "a long password" },
    answers: { 200: signedIn },
    errors: ["unauthorized", "rate_limited"],
  },
  signIn,
);

export const DELETE = route(
  {
    id: "signOut",
    summary: "Signs out, here or everywhere, and takes the cookies back.",
    access: "public",
    query: signOutQuery,
    answers: { 204: null },
    errors: ["rate_limited"],
  },
  signOut,
);

export const { PUT, PATCH, OPTIONS } = otherMethods({ GET, POST, DELETE });
