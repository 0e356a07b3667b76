import { z } from "zod";
import { dataOf, UNIQUE_VIOLATION } from "@/lib/centre";
import type { SiteRow } from "@/lib/centre-schema/rows";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import type { Page } from "@/lib/http/page";
import { pageOf, readCursor } from "@/lib/paging";
import { searchFilter } from "@/lib/postgrest";
import { refuseAddress } from "@/lib/sites/refuse-address";
import { removalColumn } from "@/lib/sites/removal";
import {
  type CreateSiteInput,
  type DisconnectSiteQuery,
  type ListSitesQuery,
  type RemovalPolicy,
  type Site,
  siteParams,
  type UpdateSiteInput,
} from "@/lib/sites/schema";
import { adviceFor } from "@/lib/sync/core/failure";

// Everything but the sealed key, which only a test of the saved credentials reads.
const COLUMNS =
  "id,name,url,kind,status,endpoint_url,key_last_four,removal_policy,removal_column,removal_guard,removal_guard_percent,removal_guard_at_least,health,error_code,error,retry_at,last_synced_at,rows_to_remove,take_over,created_at,updated_at" as const;

/** Connected sites, by name. */
export async function listSites(ctx: Context, query: ListSitesQuery): Promise<Page<Site>> {
  let sites = ctx.centre.from("connected_sites").select(COLUMNS).is("disconnected_at", null);
  if (query.search) sites = sites.or(searchFilter(query.search, ["name", "url"]));
  const after = readCursor(query.cursor, z.tuple([z.string()]));
  if (after) sites = sites.gt("name", after[0]); // names are unique among connected sites
  const rows = dataOf(await sites.order("name").limit(query.limit + 1));
  return pageOf(rows.map(toSite), query.limit, (site) => [site.name]);
}

/** Throws `not_found`. */
export async function getSite(ctx: Context, { id }: { id: string }): Promise<Site> {
  const row = await ctx.centre
    .from("connected_sites")
    .select(COLUMNS)
    .eq("id", id)
    .is("disconnected_at", null)
    .maybeSingle();
  return toSite(dataOf(row) ?? unknownSite());
}

/** Whether there is such a site, also for an id that is none; for a page, which has no context. */
export async function isConnected(centre: Context["centre"], id: string): Promise<boolean> {
  if (!siteParams.safeParse({ id }).success) return false;
  const found = await centre
    .from("connected_sites")
    .select("id")
    .eq("id", id)
    .is("disconnected_at", null)
    .maybeSingle();
  return dataOf(found) !== null;
}

/**
 * Connects a site; it receives nothing before it has credentials. Throws `conflict` when the name is taken and
 * `validation_failed` for an address that is not public.
 */
export async function createSite(ctx: Context, input: CreateSiteInput): Promise<Site> {
  refuseAddress(ctx, "url", input.url);
  const created = await ctx.centre.rpc("site_create", input);
  if (created.error?.code === UNIQUE_VIOLATION) throw nameTaken();
  return getSite(ctx, { id: dataOf(created) });
}

/**
 * Changes the fields that are given. Another removal policy is applied to the users who have left already, too. Throws
 * `not_found`, `conflict` when the name is taken or the site waits for its take-over, `validation_failed` for an address
 * that is not public, and what `removalColumn` throws.
 */
export async function updateSite(
  ctx: Context,
  { id, removalPolicy, removalGuard, ...patch }: UpdateSiteInput & { id: string },
): Promise<Site> {
  refuseAddress(ctx, "url", patch.url);
  if (patch.status === "active") await refuseUndecided(ctx, id);
  // Before anything is changed: this is what may be refused.
  const removal = removalPolicy && (await readRemoval(ctx, id, removalPolicy));
  if (Object.keys(patch).length > 0) await patchSite(ctx, id, patch);
  if (removal) {
    const found = dataOf(await ctx.centre.rpc("site_set_removal", { site_id: id, ...removal }));
    if (!found) unknownSite();
  }
  if (removalGuard) {
    const { enabled = null, percent = null, atLeast = null } = removalGuard;
    const guard = { site_id: id, enabled, percent, at_least: atLeast };
    if (!dataOf(await ctx.centre.rpc("site_set_removal_guard", guard))) unknownSite();
  }
  ctx.wake();
  return getSite(ctx, { id });
}

async function patchSite(
  ctx: Context,
  id: string,
  patch: Omit<UpdateSiteInput, "removalPolicy" | "removalGuard">,
) {
  const { name = null, url = null, status = null } = patch;
  const changed = await ctx.centre.rpc("site_update", { site_id: id, name, url, status });
  if (changed.error?.code === UNIQUE_VIOLATION) throw nameTaken();
  if (!dataOf(changed)) unknownSite();
}

/** A site that waits for its take-over is not simply resumed: what would be written there first is not decided yet. */
async function refuseUndecided(ctx: Context, id: string): Promise<void> {
  const { waitsForTakeOver } = await getSite(ctx, { id });
  if (waitsForTakeOver) throw undecided(["status"]);
}

/** Says that a site waits for its take-over, of each of these fields of a request. */
export function undecided(paths: readonly string[] = []): AppError {
  const message =
    "This site has users of its own. Decide under Take over what becomes of them; then its sync begins by itself.";
  return new AppError("conflict", message, { errors: paths.map((path) => ({ path, message })) });
}

/** Throws `conflict`: what leaves a site has to leave it by the rules by which it came. */
export function refuseWhileDisconnecting({ status }: Pick<Site, "status">): void {
  if (status !== "disconnecting") return;
  throw new AppError("conflict", "This site is being disconnected. Cancel that first.");
}

/** A removal policy with the column that it writes at a site. Throws `not_found`, and what `removalColumn` throws. */
export async function readRemoval(ctx: Context, id: string, policy: RemovalPolicy) {
  const row = await ctx.centre
    .from("connected_sites")
    .select("id,kind,endpoint_url,credentials_sealed,mapping,removal_column")
    .eq("id", id)
    .is("disconnected_at", null)
    .maybeSingle();
  const site = dataOf(row) ?? unknownSite();
  return { policy, deactivate_column: await removalColumn(ctx, site, policy) };
}

/**
 * Disconnects a site and wipes its credentials: at once when its rows are kept; otherwise when all that Roster wrote there
 * are removed. Its log stays. Answers the site as it is then, throws `not_found`.
 */
export async function disconnectSite(
  ctx: Context,
  { id, rows }: DisconnectSiteQuery & { id: string },
): Promise<Site> {
  const verb = rows === "remove" ? "site_disconnect_removing" : "site_disconnect";
  const disconnected = dataOf(await ctx.centre.rpc(verb, { site_id: id }));
  if (!disconnected) unknownSite();
  ctx.wake();
  const row = await ctx.centre.from("connected_sites").select(COLUMNS).eq("id", id).maybeSingle();
  return toSite(dataOf(row) ?? unknownSite());
}

/** Throws `not_found` for a site that is not connected. */
export function unknownSite(): never {
  throw new AppError("not_found", "No connected site has this id.");
}

function nameTaken(): AppError {
  const message = "Another site has this name.";
  return new AppError("conflict", message, { errors: [{ path: "name", message }] });
}

function toSite(
  row: Omit<SiteRow, "credentials_sealed" | "previous_secrets" | "disconnected_at" | "mapping" | "scope">,
): Site {
  const { endpoint_url, key_last_four, removal_policy, removal_column, ...more } = row;
  const { error_code, retry_at, last_synced_at, rows_to_remove, ...rest } = more;
  const { removal_guard, removal_guard_percent, removal_guard_at_least, take_over, ...same } = rest;
  return {
    ...same,
    removalPolicy: removal_policy,
    removalColumn: removal_column,
    removalGuard: {
      enabled: removal_guard,
      percent: removal_guard_percent,
      atLeast: removal_guard_at_least,
    },
    hasCredentials: key_last_four !== null,
    supabaseUrl: row.kind === "supabase" ? endpoint_url : null,
    webhookUrl: row.kind === "webhook" ? endpoint_url : null,
    keyLastFour: key_last_four,
    errorCode: error_code,
    advice: error_code === null ? null : adviceFor(error_code),
    // A blocked site waits for a person, which the centre records as "infinity".
    retryAt: row.health === "degraded" ? retry_at : null,
    lastSyncedAt: last_synced_at,
    rowsToRemove: rows_to_remove,
    waitsForTakeOver: take_over === "waiting",
  };
}
