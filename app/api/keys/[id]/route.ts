import { otherMethods, route } from "@/lib/http/route";
import { apiKey, keyParams } from "@/lib/keys/schema";
import { revokeKey } from "@/lib/keys/service";

export const DELETE = route(
  {
    id: "revokeKey",
    summary: "Revokes an API key: its next request is refused.",
    access: "access:manage",
    params: keyParams,
    answers: { 200: apiKey },
  },
  revokeKey,
);

export const { GET, POST, PUT, PATCH, OPTIONS } = otherMethods({ DELETE });
