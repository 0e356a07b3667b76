import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { credentialsPlace } from "@/lib/secrets/sealer";
import type { Site } from "@/lib/sites/schema";
import { getSite, unknownSite } from "@/lib/sites/service";

/** What the centre keeps of a site's credentials. */
export interface StoredCredentials {
  url: string;
  sealed: string;
  /** Signing secrets that were replaced and still sign, sealed. */
  previous: string[];
}

/** The saved credentials of a connected site, null for none. Throws `not_found`. */
export async function storedCredentials(ctx: Context, id: string): Promise<StoredCredentials | null> {
  const row = await ctx.centre
    .from("connected_sites")
    .select("endpoint_url,credentials_sealed,previous_secrets")
    .eq("id", id)
    .is("disconnected_at", null)
    .maybeSingle();
  const { endpoint_url, credentials_sealed, previous_secrets } = dataOf(row) ?? unknownSite();
  if (!endpoint_url || !credentials_sealed) return null;
  const valid = previous_secrets.filter(({ until }) => new Date(until) > new Date());
  return { url: endpoint_url, sealed: credentials_sealed, previous: valid.map(({ sealed }) => sealed) };
}

interface NewCredentials {
  kind: Site["kind"];
  url: string;
  /** The key or signing secret itself. */
  secret: string;
  /** Whether the signing secret that is replaced goes on signing for 24 hours. */
  keepPrevious: boolean;
}

/** Saves credentials, sealed, which starts a full sync of that site. Throws `not_found`. */
export async function storeCredentials(ctx: Context, id: string, given: NewCredentials): Promise<Site> {
  const saved = await ctx.centre.rpc("site_set_credentials", {
    site_id: id,
    endpoint_url: given.url,
    sealed: await ctx.sealer.seal(given.secret, credentialsPlace({ id, ...given })),
    key_last_four: lastFour(given.secret),
    keep_previous: given.keepPrevious,
  });
  if (!dataOf(saved)) unknownSite();
  ctx.wake();
  return getSite(ctx, { id });
}

/** The site was seen to work: it is tried again at once. */
export async function unblock(ctx: Context, id: string): Promise<void> {
  dataOf(await ctx.centre.rpc("site_unblock", { site_id: id }));
  ctx.wake();
}

// Of a short key the last four characters would be too much of it. Real keys have forty characters and more.
function lastFour(key: string): string {
  return key.length >= 16 ? key.slice(-4) : "";
}
