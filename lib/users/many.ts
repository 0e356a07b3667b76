import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import type { ChangeManyInput, ManyChanged } from "@/lib/users/many-schema";

/** Users of one transaction: far below the 8 s statement timeout of hosted projects. */
const PAGE = 2_000;
/**
 * Gives many users the same fields, or sends them to every site again. When the time is over before everybody was
 * changed, `after` says where to go on. Throws `conflict` when `expect` is given and another number of users matches.
 */
export async function changeMany(
  ctx: Context,
  { ids, query, change, after: from, expect, seconds }: ChangeManyInput,
): Promise<ManyChanged> {
  if (expect !== undefined && query) await refuseOtherNumber(ctx, query, expect);
  const deadline = performance.now() + seconds * 1000;
  const done = { matched: 0, changed: 0 };
  for (let after = from ?? null; ; ) {
    const args = { ids: ids ?? null, query: query ?? {}, change, after, max_users: PAGE };
    const page = dataOf(await ctx.centre.rpc("user_change_many", args));
    ctx.wake();
    done.matched += page.matched;
    done.changed += page.changed;
    if (page.last === null) return { ...done, after: null };
    if (performance.now() > deadline) return { ...done, after: page.last };
    after = page.last;
  }
}

async function refuseOtherNumber(ctx: Context, query: ChangeManyInput["query"], expected: number) {
  const counted = dataOf(await ctx.centre.rpc("user_count", { query: query ?? {}, most: expected + 1 }));
  if (counted === expected) return;
  const now = counted > expected ? `more than ${expected}` : String(counted);
  throw new AppError(
    "conflict",
    `Now ${now} users match instead of ${expected}. Look again before you change them.`,
  );
}
