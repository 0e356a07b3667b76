import { z } from "zod";
import { SITE_EXAMPLE, site } from "@/lib/sites/schema";
import { httpUrl, webAddress } from "@/lib/sites/web-address";

/** Credentials of a Supabase project. */
export const credentialsInput = z.strictObject({
  // URLs are shown to everybody who signs in; a key sometimes comes along in one.
  supabaseUrl: httpUrl("the site's Supabase URL").refine(
    (url) => !url.includes("?"),
    "Remove the part of the URL that begins with a question mark.",
  ),
  supabaseKey: z
    .string({ error: "Enter the site's Supabase key." })
    .trim()
    .min(1, "Enter the site's Supabase key.")
    .max(4000, "Use at most 4,000 characters.")
    .regex(/^[\x21-\x7e]+$/, "A key has no spaces or special characters; copy it again."),
});
export type CredentialsInput = z.output<typeof credentialsInput>;

/** Credentials of a Supabase project to try, or `{}` for the saved ones. A saved key goes only where it was saved for. */
export const testConnectionInput = credentialsInput.partial();
export type TestConnectionInput = z.output<typeof testConnectionInput>;

// 24 to 64 bytes: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
export const webhookSecret = z
  .string({ error: "Enter the signing secret." })
  .trim()
  .regex(/^whsec_(?=.{32,88}$)([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, {
    error: "A signing secret is whsec_ and the base64 of 24 to 64 random bytes.",
  });

/** An address that takes webhooks. */
export const webhookUrl = webAddress("the webhook URL");

/** Credentials of a webhook site. */
export const webhookCredentialsInput = z.strictObject({
  webhookUrl: webhookUrl
    .optional()
    .describe("Without one the saved one stays, or else it is the site's own with `/api/users/sync`."),
  signingSecret: webhookSecret.optional().describe("Without one a new one is made, and answered this once."),
});
export type WebhookCredentialsInput = z.output<typeof webhookCredentialsInput>;

/** Body of `PUT /api/sites/:id/credentials` and `POST /api/sites/:id/test`: the fields of the site's kind. */
export const anyCredentialsInput = z
  .strictObject({ ...credentialsInput.shape, ...webhookCredentialsInput.shape })
  .partial();
export type AnyCredentialsInput = z.output<typeof anyCredentialsInput>;

/** Answer of `PUT /api/sites/:id/credentials`. */
export const credentialsSaved = site
  .extend({
    signingSecret: z.string().optional().describe("There when it was made just now, and never again."),
    warning: z.string().optional().describe("There when the key is a public one."),
  })
  .meta({ id: "CredentialsSaved", description: "The site as it is now.", examples: [SITE_EXAMPLE] });
export type CredentialsSaved = z.infer<typeof credentialsSaved>;

/** One thing that was looked at by *Test Connection*. */
const connectionCheck = z.object({
  name: z.enum(["url", "key", "table", "write", "privacy", "signature", "answer", "forgery"]),
  ok: z.boolean().nullable().describe("Null when it could not be looked at."),
  message: z.string(),
  fix: z.string().optional().describe("What to do when it is not ok."),
});
export type ConnectionCheck = z.infer<typeof connectionCheck>;

/** Answer of `POST /api/sites/:id/test`. */
export const connectionTest = z.object({
  ok: z.boolean().describe("Whether users can be written; a warning does not make it false."),
  checks: z.array(connectionCheck),
});
export type ConnectionTest = z.infer<typeof connectionTest>;
