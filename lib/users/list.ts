import { z } from "zod";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import type { Page } from "@/lib/http/page";
import { givenMoment } from "@/lib/http/time";
import { pageOf, readCursor } from "@/lib/paging";
import type { CountUsersQuery, ListUsersQuery, UserCount, UserFacets } from "@/lib/users/list-schema";
import type { User } from "@/lib/users/schema";

/** Counted up to here; beyond, people read "more than". Counting a million rows would take a second. */
const MOST_COUNTED = 10_000;

/** Users who match, in the wanted order. */
export async function listUsers(
  ctx: Context,
  { cursor, limit, sort, ...query }: ListUsersQuery,
): Promise<Page<User>> {
  const key = sort.endsWith("_at") ? givenMoment : z.string();
  const after = readCursor(cursor, z.tuple([key, z.string()])) ?? null;
  const found = dataOf(await ctx.centre.rpc("user_find", { query, sort, after, max_users: limit + 1 }));
  const { items, nextCursor } = pageOf(found, limit, ({ key, user }) => [key, user.id]);
  return { items: items.map(({ user }) => user), nextCursor };
}

/** How many users match, exact up to 10,000. */
export async function countUsers(ctx: Context, query: CountUsersQuery): Promise<UserCount> {
  const counted = dataOf(await ctx.centre.rpc("user_count", { query, most: MOST_COUNTED + 1 }));
  return { users: Math.min(counted, MOST_COUNTED), more: counted > MOST_COUNTED };
}

/** The roles, teams and departments there are, up to 500 each. */
export async function listFacets(ctx: Context): Promise<UserFacets> {
  return dataOf(await ctx.centre.rpc("user_facets", {}));
}
