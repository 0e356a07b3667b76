import { z } from "zod";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import type { Page } from "@/lib/http/page";
import { pageOf, readCursor } from "@/lib/paging";
import { searchFilter } from "@/lib/postgrest";
import { withAdvice } from "@/lib/runs/advice";
import type {
  Causes,
  History,
  HistoryQuery,
  ListCausesQuery,
  ListPeopleQuery,
  Matrix,
  MatrixInput,
  Person,
  Summaries,
  SummaryInput,
} from "@/lib/runs/insight-schema";
import type { ListStatusQuery, PairState } from "@/lib/runs/schema";
import { adviceFor } from "@/lib/sync/core/failure";

const PAIR_COLUMNS =
  "user_id,email,full_name,site_id,site,status,synced_at,attempted_at,attempts,retry_at,waiting_since,error_code,error,verified_at,drifted_at" as const;

// PostgREST answers no more rows than this unless configured otherwise; nobody has that many sites.
const MAX_SITES = 1000;

/** Pairs of user and site, by user id and then site. */
export async function listStatus(ctx: Context, query: ListStatusQuery): Promise<Page<PairState>> {
  const after = readCursor(query.cursor, z.tuple([z.string(), z.uuid()]));
  const rows =
    query.userId === undefined ? await pairsOf(ctx, query, after) : await pairsOfUser(ctx, query, after);
  return pageOf(rows.map(toPairState), query.limit, (pair) => [pair.user_id, pair.site_id]);
}

type After = [userId: string, siteId: string] | undefined;

async function pairsOf(ctx: Context, query: ListStatusQuery, after: After) {
  return dataOf(
    await ctx.centre.rpc("sync_pairs", {
      wanted: query.status ?? null,
      site: query.siteId ?? null,
      search: query.search ?? null,
      after_user: after?.[0] ?? null,
      after_site: after?.[1] ?? null,
      max_pairs: query.limit + 1,
    }),
  );
}

async function pairsOfUser(ctx: Context, query: ListStatusQuery, after: After) {
  let pairs = ctx.centre
    .from("user_sync_status")
    .select(PAIR_COLUMNS)
    .eq("user_id", query.userId ?? "");
  if (query.siteId !== undefined) pairs = pairs.eq("site_id", query.siteId);
  if (query.status !== undefined) pairs = pairs.eq("status", query.status);
  if (query.search) pairs = pairs.or(searchFilter(query.search, ["email", "full_name"], "user_id"));
  if (after) pairs = pairs.gt("site_id", after[1]);
  return dataOf(await pairs.order("site_id").limit(query.limit + 1));
}

/** The states of a page of users at every site, or at those named. */
export async function getMatrix(ctx: Context, { userIds, siteIds }: MatrixInput): Promise<Matrix> {
  return {
    items: dataOf(await ctx.centre.rpc("sync_matrix", { user_ids: userIds, site_ids: siteIds ?? null })),
  };
}

/** At how many sites each of a page of users is in which state. */
export async function getSummaries(ctx: Context, { userIds }: SummaryInput): Promise<Summaries> {
  return { items: dataOf(await ctx.centre.rpc("sync_summaries", { user_ids: userIds })) };
}

/** The users of the matrix, by name. */
export async function listPeople(
  ctx: Context,
  { status, siteIds, search, cursor, limit }: ListPeopleQuery,
): Promise<Page<Person>> {
  const found = await ctx.centre.rpc("sync_people", {
    wanted: status ?? null,
    sites: siteIds ?? null,
    search: search ?? null,
    after: readCursor(cursor, z.tuple([z.string(), z.string()])) ?? null,
    max_users: limit + 1,
  });
  const { items, nextCursor } = pageOf(dataOf(found), limit, ({ key, user_id }) => [key, user_id]);
  return { items: items.map(({ key: _, ...person }) => person), nextCursor };
}

const MOST_CAUSES = 50;

/** Why users do not reach sites now, or one site, what concerns most users first. */
export async function listCauses(ctx: Context, { siteId }: ListCausesQuery): Promise<Causes> {
  const most = { max_causes: MOST_CAUSES };
  const causes = dataOf(
    siteId === undefined
      ? await ctx.centre.rpc("sync_causes", most)
      : await ctx.centre.rpc("sync_site_causes", { site: siteId, ...most }),
  );
  return { items: causes.map((cause) => ({ ...cause, advice: adviceFor(cause.errorCode) })) };
}

/** Attempts over a time, for charts. */
export async function getHistory(ctx: Context, { window, siteId }: HistoryQuery): Promise<History> {
  const { minutes, parts } = WINDOWS[window];
  // Whole minutes, as they are counted: bars would otherwise change while nothing does.
  const end = Math.ceil(Date.now() / 60_000) * 60_000;
  const since = new Date(end - minutes * 60_000).toISOString();
  return { items: dataOf(await ctx.centre.rpc("sync_history", { since, parts, site: siteId ?? null })) };
}

const WINDOWS = {
  hour: { minutes: 60, parts: 60 },
  day: { minutes: 24 * 60, parts: 48 },
  week: { minutes: 7 * 24 * 60, parts: 84 },
} as const;

/** One user's state at every site, by the sites' names. */
export async function userStates(ctx: Context, userId: string): Promise<PairState[]> {
  const pairs = ctx.centre.from("user_sync_status").select(PAIR_COLUMNS).eq("user_id", userId);
  return dataOf(await pairs.order("site").limit(MAX_SITES)).map(toPairState);
}

function toPairState(row: Omit<PairState, "advice">): PairState {
  // What waits for a person is due at "infinity", which is no time to show.
  return withAdvice({ ...row, retry_at: row.retry_at === "infinity" ? null : row.retry_at });
}
