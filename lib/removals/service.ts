import { z } from "zod";
import { dataOf } from "@/lib/centre";
import type { RejectedPage } from "@/lib/centre-schema/removals";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import type { Page } from "@/lib/http/page";
import { pageOf, readCursor } from "@/lib/paging";
import type {
  DecideInput,
  HeldRemoval,
  ListRemovalsQuery,
  RemovalsApproved,
  RemovalsRejected,
} from "@/lib/removals/schema";

/** Pairs and users of one transaction: far below the 8 s statement timeout of hosted projects. */
const APPROVED_AT_ONCE = 10_000;
const REJECTED_AT_ONCE = 2_000;
/** Below the time that proxies wait for an answer, in milliseconds. */
const TIME_MS = 45_000;

/** Removals that are held, by site and then user. */
export async function listRemovals(
  ctx: Context,
  { siteId, search, cursor, limit }: ListRemovalsQuery,
): Promise<Page<HeldRemoval>> {
  const after = readCursor(cursor, z.tuple([z.uuid(), z.string()]));
  const held = await ctx.centre.rpc("removals_held", {
    site: siteId ?? null,
    search: search ?? null,
    after_site: after?.[0] ?? null,
    after_user: after?.[1] ?? null,
    max_pairs: limit + 1,
  });
  return pageOf(dataOf(held), limit, (one) => [one.siteId, one.userId]);
}

/** Lets held removals go on their way. Throws `conflict` when another number than `expect` is held. */
export async function approveRemovals(ctx: Context, input: DecideInput): Promise<RemovalsApproved> {
  await refuseOtherNumber(ctx, input);
  const { siteId: site = null, userIds: ids = null } = input;
  const deadline = performance.now() + TIME_MS;
  for (let approved = 0; ; ) {
    const page = dataOf(await ctx.centre.rpc("removals_approve", { site, ids, max_pairs: APPROVED_AT_ONCE }));
    ctx.wake();
    approved += page;
    if (page < APPROVED_AT_ONCE) return { approved, more: false };
    if (performance.now() > deadline) return { approved, more: true };
  }
}

/** Puts users back as they were whose removal is held. Throws as `approveRemovals` does. */
export async function rejectRemovals(ctx: Context, input: DecideInput): Promise<RemovalsRejected> {
  await refuseOtherNumber(ctx, input);
  const { siteId: site = null, userIds: ids = null } = input;
  const deadline = performance.now() + TIME_MS;
  const done: RemovalsRejected = { restored: 0, conflicts: [], changed: [], more: false };
  for (let after: string | null = null; ; ) {
    const args = { site, ids, after, max_users: REJECTED_AT_ONCE };
    const page: RejectedPage = dataOf(await ctx.centre.rpc("removals_reject", args));
    ctx.wake();
    done.restored += page.restored;
    done.conflicts.push(...page.conflicts);
    done.changed.push(...page.changed);
    if (page.last === null) return done;
    if (performance.now() > deadline) return { ...done, more: true };
    after = page.last;
  }
}

async function refuseOtherNumber(ctx: Context, { siteId, userIds, expect }: DecideInput): Promise<void> {
  if (expect === undefined || userIds !== undefined) return;
  const held = dataOf(await ctx.centre.rpc("removals_count", { site: siteId ?? null }));
  if (held === expect) return;
  throw new AppError(
    "conflict",
    `Now ${held} removals are held instead of ${expect}. Look again before you decide.`,
  );
}
