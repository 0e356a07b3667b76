import type { z } from "zod";
import type { Context } from "@/lib/context";
import { AppError, invalid } from "@/lib/errors";
import { fieldErrors } from "@/lib/http/field-errors";
import {
  type AnyCredentialsInput,
  type ConnectionTest,
  type CredentialsSaved,
  credentialsInput,
  testConnectionInput,
  webhookCredentialsInput,
} from "@/lib/sites/credentials-schema";
import type { Site } from "@/lib/sites/schema";
import { getSite } from "@/lib/sites/service";
import { setSupabaseCredentials, testSupabaseSite } from "@/lib/sites/supabase-credentials";
import { setWebhookCredentials, testWebhookSite } from "@/lib/sites/webhook-credentials";

/** Saves a site's credentials, sealed, and starts its full sync. Throws `not_found`, `conflict` and `validation_failed`. */
export async function setCredentials(
  ctx: Context,
  { id, ...given }: AnyCredentialsInput & { id: string },
): Promise<CredentialsSaved> {
  const site = await getSite(ctx, { id });
  refuseOtherPlace(site, given);
  return site.kind === "webhook"
    ? await setWebhookCredentials(ctx, site, readAs(webhookCredentialsInput, given, site))
    : await setSupabaseCredentials(ctx, id, readAs(credentialsInput, given, site));
}

/** While a site's rows are being removed, another database behind it would leave the rows of this one for good. */
function refuseOtherPlace(site: Site, given: AnyCredentialsInput): void {
  const url = (given.supabaseUrl ?? given.webhookUrl)?.trim().replace(/\/+$/, "");
  if (site.status !== "disconnecting" || url === undefined || url === (site.supabaseUrl ?? site.webhookUrl))
    return;
  const message = "The site is being disconnected: its URL stays until then. Cancel that first to change it.";
  throw new AppError("conflict", message, {
    errors: [{ path: site.kind === "supabase" ? "supabaseUrl" : "webhookUrl", message }],
  });
}

/**
 * Tries a site's credentials: the given ones, or the saved ones for what is not given. When the saved ones work,
 * the site is tried again at once. Throws `not_found`, `credentials_missing` and `validation_failed`.
 */
export async function testSite(
  ctx: Context,
  { id, ...given }: AnyCredentialsInput & { id: string },
): Promise<ConnectionTest> {
  const site = await getSite(ctx, { id });
  return site.kind === "webhook"
    ? await testWebhookSite(ctx, site, readAs(webhookCredentialsInput, given, site))
    : await testSupabaseSite(ctx, id, readAs(testConnectionInput, given, site));
}

const FIELDS_OF_KIND: Record<Site["kind"], string> = {
  supabase: "This site is a Supabase project; give supabaseUrl and supabaseKey.",
  webhook: "This site is an HTTP endpoint; give webhookUrl and signingSecret.",
};

/** Reads credentials by the schema of the site's kind, naming every field that belongs to the other kind. */
function readAs<Schema extends z.ZodObject>(schema: Schema, given: object, { kind }: Site): z.output<Schema> {
  const foreign = Object.keys(given).filter((field) => !Object.hasOwn(schema.shape, field));
  if (foreign.length > 0) {
    throw invalid(foreign.map((path) => ({ path, message: FIELDS_OF_KIND[kind] })));
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw invalid(fieldErrors(parsed.error));
  return parsed.data;
}
