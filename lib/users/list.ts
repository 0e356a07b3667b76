import { z } from "zod";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import type { Page } from "@/lib/http/page";
import { givenMoment } from "@/lib/http/time";
import { pageOf, readCursor } from "@/lib/paging";
import type { CountUsersQuery, ListUsersQuery, UserCount, UserFacets } from "@/lib/users/list-schema";
import type { User } from "@/lib/users/schema";

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

/** How many users match, exact up to `most`. */
export async function countUsers(ctx: Context, { most, ...query }: CountUsersQuery): Promise<UserCount> {
  const counted = dataOf(await ctx.centre.rpc("user_count", { query, most: most + 1 }));
  return { users: Math.min(counted, most), more: counted > most };
}

/** The roles, teams and departments there are, up to 500 each. */
export async function listFacets(ctx: Context): Promise<UserFacets> {
  return dataOf(await ctx.centre.rpc("user_facets", {}));
}
