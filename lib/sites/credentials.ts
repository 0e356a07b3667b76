import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { AppError, invalid } from "@/lib/errors";
import { SUPABASE_KEY_FIELD } from "@/lib/secrets/sealer";
import type { ConnectionTest, CredentialsInput, Site, TestConnectionInput } from "@/lib/sites/schema";
import { getSite, unknownSite } from "@/lib/sites/service";
import { testConnection } from "@/lib/sites/test-connection";

/** Saves a site's credentials, sealed, which starts a full sync of that site. Throws `not_found`. */
export async function setCredentials(
  ctx: Context,
  { id, supabaseUrl, supabaseKey }: CredentialsInput & { id: string },
): Promise<Site> {
  await getSite(ctx, { id });
  refuseCentre(ctx, supabaseUrl);
  const saved = await ctx.centre.rpc("site_set_credentials", {
    site_id: id,
    supabase_url: supabaseUrl,
    sealed: await ctx.sealer.seal(supabaseKey, { siteId: id, field: SUPABASE_KEY_FIELD }),
    key_last_four: lastFour(supabaseKey),
  });
  if (!dataOf(saved)) unknownSite(id);
  ctx.wake();
  return getSite(ctx, { id });
}

/**
 * Tries a site's credentials: the given ones, or the saved ones for what is not given. When the saved ones work,
 * the site is tried again at once. Throws `not_found`, `credentials_missing` and `validation_failed`.
 */
export async function testSite(
  ctx: Context,
  { id, ...given }: TestConnectionInput & { id: string },
): Promise<ConnectionTest> {
  const saved = await savedCredentials(ctx, id);
  const credentials = await mergeCredentials(ctx, id, given, saved);
  refuseCentre(ctx, credentials.supabaseUrl);
  const test = await testConnection(credentials, { signal: ctx.signal });
  const testedSaved = given.supabaseKey === undefined && credentials.supabaseUrl === saved?.supabaseUrl;
  if (test.ok && testedSaved) {
    dataOf(await ctx.centre.rpc("site_unblock", { site_id: id }));
    ctx.wake();
  }
  return test;
}

interface SavedCredentials {
  supabaseUrl: string;
  sealed: string;
}

async function savedCredentials(ctx: Context, id: string): Promise<SavedCredentials | null> {
  const row = await ctx.centre
    .from("connected_sites")
    .select("supabase_url,credentials_sealed")
    .eq("id", id)
    .is("disconnected_at", null)
    .maybeSingle();
  const { supabase_url, credentials_sealed } = dataOf(row) ?? unknownSite(id);
  return supabase_url && credentials_sealed
    ? { supabaseUrl: supabase_url, sealed: credentials_sealed }
    : null;
}

async function mergeCredentials(
  ctx: Context,
  id: string,
  given: TestConnectionInput,
  saved: SavedCredentials | null,
): Promise<CredentialsInput> {
  const supabaseUrl = given.supabaseUrl ?? saved?.supabaseUrl;
  if (given.supabaseKey !== undefined) {
    if (supabaseUrl) return { supabaseUrl, supabaseKey: given.supabaseKey };
    throw invalid([{ path: "supabaseUrl", message: "Enter the site's Supabase URL." }]);
  }
  if (!saved || !supabaseUrl) {
    if (!given.supabaseUrl) {
      throw new AppError("credentials_missing", "Site Supabase credentials not configured");
    }
    throw invalid([{ path: "supabaseKey", message: "Enter the site's Supabase key." }]);
  }
  // A saved key goes only where it was saved for; else a test could carry it to anybody's server.
  if (new URL(supabaseUrl).origin !== new URL(saved.supabaseUrl).origin) {
    throw invalid([
      { path: "supabaseKey", message: "Enter the key again: the saved one is for another URL." },
    ]);
  }
  const place = { siteId: id, field: SUPABASE_KEY_FIELD };
  return { supabaseUrl, supabaseKey: await ctx.sealer.open(saved.sealed, place) };
}

// The central project as a site of its own would write its users back into itself for ever.
function refuseCentre(ctx: Context, supabaseUrl: string): void {
  if (new URL(supabaseUrl).origin !== new URL(ctx.centreUrl).origin) return;
  throw invalid([{ path: "supabaseUrl", message: "This is the central project; enter the site's own." }]);
}

// Of a short key the last four characters would be too much of it. Real keys have forty characters and more.
function lastFour(key: string): string {
  return key.length >= 16 ? key.slice(-4) : "";
}
