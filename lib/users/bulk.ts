import { dataOf, dataOfMany } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import type { ChangeManyInput, ManyChanged } from "@/lib/users/bulk-schema";
import type { UserJob } from "@/lib/users/job-schema";

/** Users of one transaction: far below the 8 s statement timeout of hosted projects. */
const PAGE = 2_000;
/** More than anybody has: counting everybody takes about a second. */
const EVERYBODY = 10_000_000;

/**
 * Gives many users the same fields, or sends them to every site again: now, or `background` by a job, whose first state
 * is the answer (202). Throws `conflict` when `expect` is given and another number of users matches.
 */
export async function changeMany(ctx: Context, input: ChangeManyInput): Promise<ManyChanged | Response> {
  const { query, expect } = input;
  if (expect !== undefined && query) await refuseOtherNumber(ctx, query, expect);
  return input.background
    ? Response.json(await startJob(ctx, input), { status: 202 })
    : await changeNow(ctx, input);
}

async function startJob(
  ctx: Context,
  { ids, query = {}, change, expect }: ChangeManyInput,
): Promise<UserJob> {
  const count = () => ctx.centre.rpc("user_count", { query, most: EVERYBODY });
  const total = ids ? ids.length : (expect ?? dataOf(await count()));
  const job = dataOf(await ctx.centre.rpc("user_job_create", { ids: ids ?? null, query, change, total }));
  ctx.wake();
  return job;
}

/** When the time is over before everybody was changed, `after` says where to go on. */
async function changeNow(
  ctx: Context,
  { ids, query, change, after: from, seconds }: ChangeManyInput,
): Promise<ManyChanged> {
  const deadline = performance.now() + seconds * 1000;
  const done = { matched: 0, changed: 0 };
  for (let after = from ?? null; ; ) {
    const args = { ids: ids ?? null, query: query ?? {}, change, after, max_users: PAGE };
    const page = await dataOfMany(() => ctx.centre.rpc("user_change_many", args));
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
