import { otherMethods, route } from "@/lib/http/route";
import { acceptInvitation } from "@/lib/session/joining";
import { acceptInput, confirmEmail, joined } from "@/lib/session/schema";

export const POST = route(
  {
    id: "acceptInvitation",
    summary: "Makes a member of whoever has an invitation's link.",
    description:
      "With `email` and `password` that account is signed in to, or made; without, the account that is signed in " +
      "is taken. Answers 202 when the e-mail address has to be confirmed first; then open the link again.",
    access: "public",
    body: acceptInput,
    example: { token: "the token of the link", email: "ada@example.com", password: "a long password" },
    answers: { 200: joined, 202: confirmEmail },
    errors: ["not_found", "unauthorized", "conflict", "rate_limited"],
  },
  acceptInvitation,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
