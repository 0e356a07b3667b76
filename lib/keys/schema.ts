import { z } from "zod";
import { pageAnswer, pageQuery } from "@/lib/http/page";
import { moment } from "@/lib/http/time";

/** What an API key may be allowed. */
export const KEY_SCOPES = [
  "users:read",
  "users:write",
  "sites:read",
  "sites:write",
  "sync:read",
  "sync:run",
  "metrics:read",
] as const;
const keyScope = z.enum(KEY_SCOPES);
export type KeyScope = z.infer<typeof keyScope>;

const KEY_EXAMPLE = {
  id: "3e9d7c1a-2b4f-4a68-8c5d-1f0e9b7a6c32",
  name: "Payroll import",
  hint: "roster_…x9Zw",
  scopes: ["users:write"],
  createdAt: "2026-11-20T09:00:00+00:00",
  createdBy: "ada@example.com",
  expiresAt: null,
  lastUsedAt: null,
} satisfies Record<string, unknown>;

/** An API key as the list shows it; the key itself is kept nowhere. */
export const apiKey = z
  .object({
    id: z.uuid(),
    name: z.string(),
    hint: z.string().describe("Prefix and last four characters."),
    scopes: z.array(keyScope),
    createdAt: moment,
    createdBy: z.string().nullable(),
    expiresAt: moment.nullable(),
    lastUsedAt: moment.nullable(),
  })
  .meta({
    id: "ApiKey",
    description: "An API key; the key itself is kept nowhere.",
    examples: [KEY_EXAMPLE],
  });
export type ApiKey = z.infer<typeof apiKey>;

/** Answer of `GET /api/keys`. */
export const keyPage = pageAnswer(apiKey);

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
  expiresInDays: z.int().min(1).max(3650).optional().describe("Without it, the key does not expire."),
});
export type CreateKeyInput = z.output<typeof createKeyInput>;

/** Query of `GET /api/keys`. */
export const listKeysQuery = z.strictObject(pageQuery);
export type ListKeysQuery = z.output<typeof listKeysQuery>;

export const keyParams = z.object({ id: z.uuid("A key's id is a UUID.") });

/** Answer of `POST /api/keys`. */
export const createdKey = apiKey
  .extend({ key: z.string().describe("Shown this once.") })
  .meta({ id: "CreatedKey", examples: [{ ...KEY_EXAMPLE, key: "roster_…" }] });
export type CreatedKey = z.infer<typeof createdKey>;
