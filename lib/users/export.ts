import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { csvResponse } from "@/lib/http/csv";
import { IMPORT_COLUMNS } from "@/lib/users/import-schema";
import type { ExportUsersQuery } from "@/lib/users/list-schema";

/** Users of one call to the centre, about half a megabyte. */
const PAGE = 2_000;

/** The users that match as CSV, in the columns of an import, which takes the quotes before formulas off again. */
export async function exportUsers(ctx: Context, query: ExportUsersQuery): Promise<Response> {
  return await csvResponse({ filename: "users.csv", columns: IMPORT_COLUMNS }, userPages(ctx, query));
}

async function* userPages(
  ctx: Context,
  { sort, format: _, ...query }: ExportUsersQuery,
): AsyncGenerator<object[], undefined> {
  for (let after: [string, string] | null = null; ; ) {
    const found: { key: string; user: object & { id: string } }[] = dataOf(
      await ctx.centre.rpc("user_find", { query, sort, after, max_users: PAGE }),
    );
    const last = found.at(-1);
    if (last) yield found.map(({ user }) => user);
    if (!last || found.length < PAGE || ctx.signal.aborted) return;
    after = [last.key, last.user.id];
  }
}
