import { randomBytes } from "node:crypto";
import type { Context } from "@/lib/context";
import { AppError, invalid } from "@/lib/errors";
import { credentialsPlace } from "@/lib/secrets/sealer";
import type {
  ConnectionTest,
  CredentialsSaved,
  WebhookCredentialsInput,
} from "@/lib/sites/credentials-schema";
import { refuseAddress } from "@/lib/sites/refuse-address";
import type { Site } from "@/lib/sites/schema";
import { storeCredentials, storedCredentials, unblock } from "@/lib/sites/stored-credentials";
import { testWebhook } from "@/lib/sites/test-webhook";
import { defaultWebhookUrl } from "@/lib/sites/webhook-url";

// What the Standard Webhooks libraries generate; the specification wants 24 to 64 bytes.
const SECRET_BYTES = 32;

/**
 * Saves where a site takes webhooks and the secret that signs them. Without a secret one is made and answered, this
 * once. A secret that is replaced goes on signing for 24 hours beside the new one. Throws `not_found` and
 * `validation_failed`.
 */
export async function setWebhookCredentials(
  ctx: Context,
  site: Site,
  { webhookUrl, signingSecret }: WebhookCredentialsInput,
): Promise<CredentialsSaved> {
  refuseAddress(ctx, "webhookUrl", webhookUrl);
  const secret = signingSecret ?? `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;
  const [replaced] = await savedSecrets(ctx, site.id);
  const saved = await storeCredentials(ctx, site.id, {
    kind: "webhook",
    url: webhookUrl ?? usualUrl(site),
    secret,
    keepPrevious: replaced !== undefined && replaced !== secret,
  });
  return signingSecret === undefined ? { ...saved, signingSecret: secret } : saved;
}

/**
 * Sends a site's endpoint a signed ping: with the given URL and secret, or the saved ones for what is not given. When
 * the saved ones work, the site is tried again at once. Throws `credentials_missing` and `validation_failed`.
 */
export async function testWebhookSite(
  ctx: Context,
  site: Site,
  { webhookUrl, signingSecret }: WebhookCredentialsInput,
): Promise<ConnectionTest> {
  refuseAddress(ctx, "webhookUrl", webhookUrl);
  const url = webhookUrl ?? usualUrl(site);
  // A saved secret may sign for another URL: a signature tells nobody the secret.
  const [present, ...previous] = signingSecret ? [signingSecret] : await savedSecrets(ctx, site.id);
  if (!present) throw secretMissing(site, webhookUrl !== undefined);
  const test = await testWebhook({ url, present, previous }, ctx);
  const testedSaved = signingSecret === undefined && url === site.webhookUrl;
  if (test.ok && testedSaved) await unblock(ctx, site.id);
  return test;
}

function usualUrl(site: Site): string {
  return site.webhookUrl ?? defaultWebhookUrl(site.url);
}

/** The saved signing secrets that can be opened, the present one first; none when that one cannot be. */
async function savedSecrets(ctx: Context, id: string): Promise<string[]> {
  const stored = await storedCredentials(ctx, id);
  if (!stored) return [];
  const place = credentialsPlace({ id, kind: "webhook", url: stored.url });
  const open = (sealed: string) => ctx.sealer.open(sealed, place).catch(() => null);
  const [present, ...previous] = await Promise.all([stored.sealed, ...stored.previous].map(open));
  return present ? [present, ...previous.filter((secret) => secret !== null)] : [];
}

function secretMissing({ hasCredentials }: Site, urlGiven: boolean): AppError {
  if (!hasCredentials && !urlGiven) {
    return new AppError("credentials_missing", "Site webhook credentials not configured");
  }
  const message = hasCredentials
    ? "The saved signing secret cannot be opened any more; save another one."
    : "Save a signing secret first, or enter the one that the site checks with.";
  return invalid([{ path: "signingSecret", message }]);
}
