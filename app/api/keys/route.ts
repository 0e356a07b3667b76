import { otherMethods, route } from "@/lib/http/route";
import { createdKey, createKeyInput, keyPage, listKeysQuery } from "@/lib/keys/schema";
import { createKey, listKeys } from "@/lib/keys/service";

export const GET = route(
  {
    id: "listKeys",
    summary: "Lists the API keys that are not revoked, newest first.",
    access: "access:manage",
    query: listKeysQuery,
    answers: { 200: keyPage },
  },
  listKeys,
);

export const POST = route(
  {
    id: "createKey",
    summary: "Makes an API key, which is answered this once.",
    access: "access:manage",
    body: createKeyInput,
    example: { name: "Payroll import", scopes: ["users:write"], expiresInDays: 90 },
    answers: { 201: createdKey },
  },
  createKey,
);

export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET, POST });
