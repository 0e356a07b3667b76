import { z } from "zod";
import { pageQuery } from "@/lib/http/page";

/** What an API key may be allowed. */
export const KEY_SCOPES = [
  "users:read",
  "users:write",
  "sites:read",
  "sites:write",
  "sync:read",
  "sync:run",
] as const;
const keyScope = z.enum(KEY_SCOPES);
export type KeyScope = z.infer<typeof keyScope>;

/** An API key as the list shows it; the key itself is kept nowhere. */
const apiKey = z.object({
  id: z.string(),
  name: z.string(),
  /** Prefix and last four characters. */
  hint: z.string(),
  scopes: z.array(keyScope),
  createdAt: z.string(),
  createdBy: z.string().nullable(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
});
export type ApiKey = z.infer<typeof apiKey>;

/** Body of `POST /api/keys`. */
export const createKeyInput = z.strictObject({
  name: z
    .string({ error: "Enter a name." })
    .trim()
    .min(1, "Enter a name.")
    .max(100, "Use at most 100 characters.")
    .refine((text) => !/\p{Cc}/u.test(text), "Remove the control characters."),
  scopes: z
    .array(keyScope)
    .min(1, "Choose at least one.")
    .max(KEY_SCOPES.length)
    .refine((scopes) => new Set(scopes).size === scopes.length, "Name each scope once."),
  expiresInDays: z.int().min(1).max(3650).optional(),
});
export type CreateKeyInput = z.output<typeof createKeyInput>;

/** Query of `GET /api/keys`. */
export const listKeysQuery = z.strictObject(pageQuery);
export type ListKeysQuery = z.output<typeof listKeysQuery>;

export const keyParams = z.object({ id: z.uuid("A key's id is a UUID.") });

/** Answer of `POST /api/keys`: `key` is shown this once. */
export interface CreatedKey extends ApiKey {
  key: string;
}
