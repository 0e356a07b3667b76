import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { env } from "@/lib/env";
import { invalid } from "@/lib/errors";
import { testMapped } from "@/lib/mapping/test-mapped";
import type {
  ConnectionTest,
  CredentialsInput,
  CredentialsSaved,
  TestConnectionInput,
} from "@/lib/sites/credentials-schema";
import { describeKey } from "@/lib/sites/key-kind";
import { credentialsMissing, openStored } from "@/lib/sites/open-stored";
import { refuseAddress } from "@/lib/sites/refuse-address";
import {
  type StoredCredentials,
  storeCredentials,
  storedCredentials,
  unblock,
} from "@/lib/sites/stored-credentials";
import { testConnection } from "@/lib/sites/test-connection";

/**
 * Saves the URL and the key of a site's Supabase project. Throws `not_found`, and `validation_failed` for a key that
 * cannot be that project's; a public one is saved with a warning.
 */
export async function setSupabaseCredentials(
  ctx: Context,
  id: string,
  { supabaseUrl, supabaseKey }: CredentialsInput,
): Promise<CredentialsSaved> {
  refuseCentre(ctx, { supabaseUrl, supabaseKey });
  refuseAddress(ctx, "supabaseUrl", supabaseUrl);
  const { refusal, warning } = describeKey(supabaseKey, supabaseUrl, new Date());
  if (refusal !== null) throw invalid([{ path: "supabaseKey", message: refusal }]);
  const saved = await storeCredentials(ctx, id, {
    kind: "supabase",
    url: supabaseUrl,
    secret: supabaseKey,
    keepPrevious: false,
  });
  return warning ? { ...saved, warning: `${warning.message} ${warning.fix}` } : saved;
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
  refuseCentre(ctx, credentials);
  refuseAddress(ctx, "supabaseUrl", given.supabaseUrl);
  const probed = { ...credentials, outgoing: ctx.outgoing };
  const mapped = await storedMapping(ctx, id);
  const test = mapped
    ? await testMapped(probed, mapped, mapped.like, { signal: ctx.signal })
    : await testConnection(probed, { signal: ctx.signal });
  const testedSaved = given.supabaseKey === undefined && credentials.supabaseUrl === stored?.url;
  if (test.ok && testedSaved) await unblock(ctx, id);
  return test;
}

/** The mapping of a site that has one, with somebody whom it gets. */
async function storedMapping(ctx: Context, id: string) {
  const answer = await ctx.centre
    .from("connected_sites")
    .select("mapping,removal_column")
    .eq("id", id)
    .maybeSingle();
  const row = dataOf(answer);
  if (!row?.mapping) return null;
  const users = dataOf(await ctx.centre.rpc("site_sample", { site_id: id, max_users: 1 }));
  return { mapping: row.mapping, removalColumn: row.removal_column, like: users?.[0] };
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
      throw credentialsMissing();
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
function refuseCentre(ctx: Context, { supabaseUrl, supabaseKey }: CredentialsInput): void {
  if (new URL(supabaseUrl).origin === new URL(ctx.centreUrl).origin) {
    throw invalid([{ path: "supabaseUrl", message: "This is the central project; enter the site's own." }]);
  }
  // Its key opens everything, and would be sent to whoever answers at the site's URL.
  if (supabaseKey === env().supabaseSecretKey) {
    const message =
      "This is the secret key of the central project; enter the site's own, and replace this one soon.";
    throw invalid([{ path: "supabaseKey", message }]);
  }
}
