import { otherMethods, route } from "@/lib/http/route";
import { acceptSetup } from "@/lib/session/joining";
import { acceptInput, confirmEmail, joined } from "@/lib/session/schema";

export const POST = route(
  {
    id: "setUp",
    summary: "Makes the first owner, by the one-time token in the server's log.",
    description: "Takes and answers what `POST /api/invitations/accept` does.",
    access: "public",
    body: acceptInput,
    example: { token: "the token of the link", email: "ada@example.com", password: "a long password" },
    answers: { 200: joined, 202: confirmEmail },
    errors: ["not_found", "unauthorized", "conflict", "rate_limited"],
  },
  acceptSetup,
);

export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods({ POST });
