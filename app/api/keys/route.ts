import { otherMethods, route } from "@/lib/http/route";
import { createKeyInput, listKeysQuery } from "@/lib/keys/schema";
import { createKey, listKeys } from "@/lib/keys/service";

export const GET = route({ access: "access:manage", query: listKeysQuery }, listKeys);

export const POST = route({ access: "access:manage", body: createKeyInput, status: 201 }, createKey);

export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods({ GET, POST });
