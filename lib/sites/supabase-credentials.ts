import type { Context } from "@/lib/context";
import { AppError, invalid } from "@/lib/errors";
import { openStored } from "@/lib/sites/open-stored";
import { refuseAddress } from "@/lib/sites/refuse-address";
import type { ConnectionTest, CredentialsInput, Site, TestConnectionInput } from "@/lib/sites/schema";
import {
  type StoredCredentials,
  storeCredentials,
  storedCredentials,
  unblock,
} from "@/lib/sites/stored-credentials";
import { testConnection } from "@/lib/sites/test-connection";

/** Saves the URL and the key of a site's Supabase project. Throws `not_found` and `validation_failed`. */
export async function setSupabaseCredentials(
  ctx: Context,
  id: string,
  { supabaseUrl, supabaseKey }: CredentialsInput,
): Promise<Site> {
  refuseCentre(ctx, supabaseUrl);
  refuseAddress(ctx, "supabaseUrl", supabaseUrl);
  return await storeCredentials(ctx, id, {
    kind: "supabase",
    url: supabaseUrl,
    secret: supabaseKey,
    keepPrevious: false,
  });
}

/**
 * Tries a project's credentials: the given ones, or the saved ones for what is not given. When the saved ones work,
 * the site is tried again at once. Throws `not_found`, `credentials_missing` and `validation_failed`.
 */
export async function testSupabaseSite(
  ctx: Context,
  id: string,
  given: TestConnectionInput,
): Promise<ConnectionTest> {
  const stored = await storedCredentials(ctx, id);
  const credentials = await mergeCredentials(ctx, id, given, stored);
  refuseCentre(ctx, credentials.supabaseUrl);
  refuseAddress(ctx, "supabaseUrl", given.supabaseUrl);
  const test = await testConnection({ ...credentials, outgoing: ctx.outgoing }, { signal: ctx.signal });
  const testedSaved = given.supabaseKey === undefined && credentials.supabaseUrl === stored?.url;
  if (test.ok && testedSaved) await unblock(ctx, id);
  return test;
}

async function mergeCredentials(
  ctx: Context,
  id: string,
  given: TestConnectionInput,
  stored: StoredCredentials | null,
): Promise<CredentialsInput> {
  const supabaseUrl = given.supabaseUrl ?? stored?.url;
  if (given.supabaseKey !== undefined) {
    if (supabaseUrl) return { supabaseUrl, supabaseKey: given.supabaseKey };
    throw invalid([{ path: "supabaseUrl", message: "Enter the site's Supabase URL." }]);
  }
  if (!stored || !supabaseUrl) {
    if (!given.supabaseUrl) {
      throw new AppError("credentials_missing", "Site Supabase credentials not configured");
    }
    throw invalid([{ path: "supabaseKey", message: "Enter the site's Supabase key." }]);
  }
  // A saved key goes only where it was saved for; else a test could carry it to anybody's server.
  if (new URL(supabaseUrl).origin !== new URL(stored.url).origin) {
    throw invalid([
      { path: "supabaseKey", message: "Enter the key again: the saved one is for another URL." },
    ]);
  }
  const site = { id, kind: "supabase", url: stored.url } as const;
  return { supabaseUrl, supabaseKey: await openStored(ctx, site, stored.sealed) };
}

// The central project as a site of its own would write its users back into itself for ever.
function refuseCentre(ctx: Context, supabaseUrl: string): void {
  if (new URL(supabaseUrl).origin !== new URL(ctx.centreUrl).origin) return;
  throw invalid([{ path: "supabaseUrl", message: "This is the central project; enter the site's own." }]);
}
