import { dataOf } from "@/lib/centre";
import type { SiteRow } from "@/lib/centre-schema/rows";
import type { CentreOverview } from "@/lib/centre-schema/sync";
import type { Context } from "@/lib/context";
import { AppError, invalid } from "@/lib/errors";
import type {
  Asserted,
  AssertInput,
  Retried,
  RetryInput,
  SyncAllInput,
  SyncAllStarted,
  SyncUserInput,
  UserSyncRun,
} from "@/lib/runs/request-schema";
import type { Overview, Run, SiteResult, UserSync } from "@/lib/runs/schema";
import { userStates } from "@/lib/runs/status";
import { hasFinished } from "@/lib/runs/wait";
import { CREDENTIALS_MISSING, credentialsMissing } from "@/lib/sites/open-stored";
import { undecided } from "@/lib/sites/service";

/**
 * Sends one user to every site again, or to the one that is named, and waits up to `wait` seconds for the outcome. Throws
 * `not_found`, and `conflict` for a site that is named and is paused or waits for its take-over.
 */
export async function syncUser(ctx: Context, { userId, siteId, wait }: SyncUserInput): Promise<UserSyncRun> {
  const runId = siteId === undefined ? await startUser(ctx, userId) : await startPair(ctx, userId, siteId);
  ctx.wake();
  const done = await hasFinished(ctx, runId, wait);
  const results = await resultsOf(ctx, userId);
  return {
    runId,
    userId,
    done,
    results: results.filter((result) => siteId === undefined || result.siteId === siteId),
  };
}

async function startUser(ctx: Context, userId: string): Promise<string> {
  const by = { user_id: userId, requested_by: ctx.actor.name };
  return dataOf(await ctx.centre.rpc("request_sync_user", by)) ?? unknownUser();
}

async function startPair(ctx: Context, userId: string, siteId: string): Promise<string> {
  const row = ctx.centre.from("connected_sites").select("status,take_over").eq("id", siteId);
  const site = dataOf(await row.is("disconnected_at", null).maybeSingle());
  if (site?.take_over === "waiting") throw undecided();
  if (site?.status === "paused")
    throw new AppError("conflict", "A paused site is not synced; resume it first.");
  const pair = { user_id: userId, site_id: siteId, requested_by: ctx.actor.name };
  return (
    dataOf(await ctx.centre.rpc("request_sync_pair", pair)) ??
    notFound("No user has this userId, or no connected site this siteId.")
  );
}

/** A user's state at every site. Throws `not_found`. */
export async function getUserSync(ctx: Context, { userId }: { userId: string }): Promise<UserSync> {
  const results = await resultsOf(ctx, userId);
  if (results.length === 0) {
    const user = await ctx.centre.from("user_profiles").select("id").eq("id", userId).maybeSingle();
    if (!dataOf(user)) unknownUser();
  }
  return { userId, results };
}

/**
 * Sends every user to all sites, or to those named; whom a site has confirmed as they are, only with `force`. A named site
 * has to be ready: throws `validation_failed` for one that is not connected, `credentials_missing`, and `conflict` for one
 * that is paused or waits for its take-over.
 */
export async function syncAll(ctx: Context, { siteIds, force, wait }: SyncAllInput): Promise<SyncAllStarted> {
  if (siteIds) await refuseUnreadySites(ctx, siteIds);
  const answer = await ctx.centre.rpc("request_sync_all", {
    site_ids: siteIds ?? null,
    requested_by: ctx.actor.name,
    force,
  });
  const started = dataOf(answer);
  ctx.wake();
  await hasFinished(ctx, started.runId, wait);
  return started;
}

/** Tries again at once what failed or waits after a failure. */
export async function retrySync(ctx: Context, { userId, siteId }: RetryInput): Promise<Retried> {
  const whom = { user_id: userId ?? null, site_id: siteId ?? null };
  const pairs = dataOf(await ctx.centre.rpc("request_retry", whom));
  ctx.wake();
  const deadline = performance.now() + RETRY_MS;
  let more = userId === undefined && pairs >= RETRIED_AT_ONCE;
  while (more && performance.now() < deadline) {
    more = dataOf(await ctx.centre.rpc("request_retry", { ...whom, go_on: true })) >= RETRIED_AT_ONCE;
    ctx.wake();
  }
  return { pairs };
}

/** Pairs that one call to the centre makes due. */
const RETRIED_AT_ONCE = 50_000;
/** Below the time that proxies wait for an answer, in milliseconds: some two million pairs. */
const RETRY_MS = 45_000;

/** Users of one page of an assertion: an update of that many stays far below the 8 s statement timeout. */
const ASSERT_PAGE = 5_000;

/**
 * Makes the list as it stands the truth everywhere: each user is sent again and wins over whatever newer row a site
 * has. For a central database restored from an older backup. Safe to repeat when it was interrupted.
 */
export async function assertList(ctx: Context, { removeUnknown }: AssertInput): Promise<Asserted> {
  for (let after: string | null = null; ; ) {
    const page: string | null = dataOf(
      await ctx.centre.rpc("request_assert_page", { after, page_size: ASSERT_PAGE }),
    );
    if (page === null) break;
    after = page;
    ctx.wake();
  }
  const unknown = dataOf(await ctx.centre.rpc("request_assert_finish", { remove_unknown: removeUnknown }));
  ctx.wake();
  const { count } = await ctx.centre.from("user_profiles").select("id", { count: "exact" }).limit(1);
  return { users: count ?? 0, unknown };
}

/** Progress of a run. Throws `not_found`. */
export async function getRun(ctx: Context, { id }: { id: string }): Promise<Run> {
  const run = dataOf(await ctx.centre.rpc("sync_run", { run_id: id }));
  if (!run) throw new AppError("not_found", "No sync has this id.");
  return run;
}

/** Counts for the first page, with the newest unfinished run. */
export async function getOverview(ctx: Context): Promise<Overview> {
  return await withRun(ctx, dataOf(await ctx.centre.rpc("sync_overview", {})));
}

/** The overview with the run under way. */
export async function withRun(ctx: Context, { runId, ...counts }: CentreOverview): Promise<Overview> {
  return { ...counts, run: runId === null ? null : await getRun(ctx, { id: runId }) };
}

async function resultsOf(ctx: Context, userId: string): Promise<SiteResult[]> {
  const states = await userStates(ctx, userId);
  return states.map((state) => ({
    siteId: state.site_id,
    site: state.site,
    status: state.status,
    ...(state.synced_at !== null && { syncedAt: state.synced_at }),
    ...(state.error !== null && { error: state.error }),
    ...(state.error_code !== null && { errorCode: state.error_code }),
    ...(state.advice !== null && { advice: state.advice }),
  }));
}

// Ids travel in the address of the call, where a thousand would be too many.
const IDS_PER_CALL = 100;

/** Throws `validation_failed`, `credentials_missing` and `conflict` for named sites that cannot be synced. */
export async function refuseUnreadySites(ctx: Context, siteIds: string[]): Promise<void> {
  type Ready = Pick<SiteRow, "status" | "key_last_four" | "take_over">;
  const known = new Map<string, Ready>();
  for (let start = 0; start < siteIds.length; start += IDS_PER_CALL) {
    const ids = siteIds.slice(start, start + IDS_PER_CALL);
    const sites = ctx.centre.from("connected_sites").select("id,status,key_last_four,take_over");
    for (const site of dataOf(await sites.in("id", ids).is("disconnected_at", null)))
      known.set(site.id, site);
  }
  const where = (fits: (site: Ready | undefined) => boolean) =>
    siteIds.flatMap((id, index) => (fits(known.get(id.toLowerCase())) ? [`siteIds.${index}`] : []));
  const name = (paths: string[], message: string) => paths.map((path) => ({ path, message }));

  const unknown = name(
    where((site) => !site),
    "No connected site has this id.",
  );
  if (unknown.length > 0) throw invalid(unknown);
  const unready = name(
    where((site) => site?.key_last_four === null),
    CREDENTIALS_MISSING,
  );
  if (unready.length > 0) throw credentialsMissing(unready);
  const waiting = where((site) => site?.take_over === "waiting");
  if (waiting.length > 0) throw undecided(waiting);
  const paused = name(
    where((site) => site?.status === "paused"),
    "This site is paused.",
  );
  if (paused.length > 0)
    throw new AppError("conflict", "A paused site is not synced; resume it first.", { errors: paused });
}

function unknownUser(): never {
  notFound("No user has this id.");
}

function notFound(message: string): never {
  throw new AppError("not_found", message);
}
