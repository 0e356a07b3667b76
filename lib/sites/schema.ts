import { z } from "zod";
import { pageQuery } from "@/lib/http/page";

const name = z
  .string({ error: "Enter a name." })
  .trim()
  .min(1, "Enter a name.")
  .max(100, "Use at most 100 characters.")
  .refine((text) => !/\p{Cc}/u.test(text), "Remove the control characters.");

function webAddress(what: string) {
  return z
    .string({ error: `Enter ${what}.` })
    .trim()
    .max(2000, "Use at most 2,000 characters.")
    .pipe(z.url({ protocol: /^https?$/, abort: true, error: `Enter ${what}, starting with https://.` }))
    .superRefine((url, check) => {
      const wrong = wrongWithAddress(url);
      if (wrong) check.addIssue(wrong);
    });
}

const THIS_MACHINE = /^(([^.]+\.)*localhost\.?|127(\.\d+){3}|\[::1\])$/;

/** What no site's URL has; the server also looks at literal addresses, and at what a name leads to. */
function wrongWithAddress(text: string): string | null {
  const { username, password, protocol, hostname } = new URL(text);
  if (username !== "" || password !== "") return "Remove the user name and password from the URL.";
  if (text.includes("#")) return "Remove the part of the URL that begins with #.";
  if (protocol === "https:" || THIS_MACHINE.test(hostname)) return null;
  return "Start with https://; http:// is for sites on this machine.";
}

function httpUrl(what: string) {
  return webAddress(what).transform((url) => url.replace(/\/+$/, ""));
}

const siteKind = z.enum(["supabase", "webhook"]);
const siteStatus = z.enum(["active", "paused"]);

/** What a site does with the row of a user who leaves: delete it, mark it as inactive, or keep it as it is. */
const removalPolicy = z.enum(["delete", "deactivate", "keep"]);
export type RemovalPolicy = z.infer<typeof removalPolicy>;

/**
 * What stands in the way of a site, if anything: `ok`; `degraded`, it is being retried; `blocked`, somebody has
 * to change something first.
 */
const siteHealth = z.enum(["ok", "degraded", "blocked"]);

/** A connected site as the API shows it. Credentials are never in it. */
const site = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  kind: siteKind,
  status: siteStatus,
  removalPolicy,
  /** Boolean column of the site's table that `deactivate` writes; null for the other policies. */
  removalColumn: z.string().nullable(),
  hasCredentials: z.boolean(),
  /** Of a Supabase project, once its credentials are saved. */
  supabaseUrl: z.string().nullable(),
  /** Of a webhook site, once its credentials are saved. */
  webhookUrl: z.string().nullable(),
  /** Last four characters of the saved key or signing secret. */
  keyLastFour: z.string().nullable(),
  health: siteHealth,
  errorCode: z.string().nullable(),
  error: z.string().nullable(),
  /** What to do about `error`. */
  advice: z.string().nullable(),
  retryAt: z.string().nullable(),
  lastSyncedAt: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Site = z.infer<typeof site>;

/** Body of `POST /api/sites`. */
export const createSiteInput = z.strictObject({
  name,
  url: httpUrl("the site's URL"),
  kind: siteKind.default("supabase"),
});
export type CreateSiteInput = z.output<typeof createSiteInput>;

/** Body of `PATCH /api/sites/:id`: any of the fields, at least one. */
export const updateSiteInput = z
  .strictObject({
    name: name.optional(),
    url: httpUrl("the site's URL").optional(),
    status: siteStatus.optional(),
    removalPolicy: removalPolicy.optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, "Name at least one field to change.");
export type UpdateSiteInput = z.output<typeof updateSiteInput>;

/** Credentials of a Supabase project. */
export const credentialsInput = z.strictObject({
  supabaseUrl: httpUrl("the site's Supabase URL"),
  supabaseKey: z
    .string({ error: "Enter the site's Supabase key." })
    .trim()
    .min(1, "Enter the site's Supabase key.")
    .max(4000, "Use at most 4,000 characters.")
    .regex(/^[\x21-\x7e]+$/, "A key has no spaces or special characters; copy it again."),
});
export type CredentialsInput = z.output<typeof credentialsInput>;

/** Credentials of a Supabase project to try, or `{}` for the saved ones. The saved key serves only with the URL it was saved for. */
export const testConnectionInput = credentialsInput.partial();
export type TestConnectionInput = z.output<typeof testConnectionInput>;

// 24 to 64 bytes: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
const signingSecret = z
  .string({ error: "Enter the signing secret." })
  .trim()
  .regex(/^whsec_(?=.{32,88}$)([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, {
    error: "A signing secret is whsec_ and the base64 of 24 to 64 random bytes.",
  });

/**
 * Credentials of a webhook site. Without a URL the saved one stays, or else it is the site's own with
 * `/api/users/sync`; without a secret a new one is made.
 */
export const webhookCredentialsInput = z.strictObject({
  webhookUrl: webAddress("the webhook URL").optional(),
  signingSecret: signingSecret.optional(),
});
export type WebhookCredentialsInput = z.output<typeof webhookCredentialsInput>;

/** Body of `PUT /api/sites/:id/credentials` and `POST /api/sites/:id/test`: the fields of the site's kind. */
export const anyCredentialsInput = z
  .strictObject({ ...credentialsInput.shape, ...webhookCredentialsInput.shape })
  .partial();
export type AnyCredentialsInput = z.output<typeof anyCredentialsInput>;

/**
 * Answer of `PUT /api/sites/:id/credentials`. `signingSecret` is there when it was made just now, and never again;
 * `warning` when the key is a public one.
 */
export type CredentialsSaved = Site & { signingSecret?: string; warning?: string };

/** One thing that was looked at by *Test Connection*; `ok: null` says it could not be looked at. */
const connectionCheck = z.object({
  name: z.enum(["url", "key", "table", "write", "privacy", "signature", "answer", "forgery"]),
  ok: z.boolean().nullable(),
  message: z.string(),
  /** What to do when it is not ok. */
  fix: z.string().optional(),
});
export type ConnectionCheck = z.infer<typeof connectionCheck>;

/** Answer of `POST /api/sites/:id/test`. `ok` when users can be written; a warning does not make it false. */
const connectionTest = z.object({ ok: z.boolean(), checks: z.array(connectionCheck) });
export type ConnectionTest = z.infer<typeof connectionTest>;

/** Query of `GET /api/sites`. */
export const listSitesQuery = z.strictObject({
  search: z.string().trim().max(200).optional(),
  ...pageQuery,
});
export type ListSitesQuery = z.output<typeof listSitesQuery>;

export const siteParams = z.object({ id: z.uuid("A site's id is a UUID.") });
