import { z } from "zod";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { AppError } from "@/lib/errors";
import type { Page } from "@/lib/http/page";
import { givenMoment } from "@/lib/http/time";
import { pageOf, readCursor } from "@/lib/paging";
import type { ListRunsQuery, Run } from "@/lib/runs/schema";
import { getRun } from "@/lib/runs/service";

/** Syncs that were asked for, newest first. */
export async function listRuns(ctx: Context, { kind, cursor, limit }: ListRunsQuery): Promise<Page<Run>> {
  const [before = null, beforeId = null] = readCursor(cursor, z.tuple([givenMoment, z.uuid()])) ?? [];
  const runs = await ctx.centre.rpc("sync_run_list", {
    of_users: kind === "user",
    before,
    before_id: beforeId,
    max_runs: limit + 1,
  });
  return pageOf(dataOf(runs), limit, (run) => [run.startedAt, run.id]);
}

const NOT_CANCELLED = {
  finished: "This sync has finished already.",
  user: "The sync of one user is on its way already and cannot be cancelled.",
  site: "A site's first sync brings everybody there and cannot be cancelled. Pause the site instead.",
  changed: "The users are changed already, and every site gets them as they are. Change them back instead.",
} as const;

/**
 * Ends a sync of all users: nothing more is sent for it, and what is on its way settles and is counted. Throws
 * `not_found`, and `conflict` for one that has finished or is of another kind.
 */
export async function cancelRun(ctx: Context, { id }: { id: string }): Promise<Run> {
  const outcome = dataOf(await ctx.centre.rpc("request_run_end", { run_id: id }));
  if (outcome !== null && outcome !== "cancelled") throw new AppError("conflict", NOT_CANCELLED[outcome]);
  return await getRun(ctx, { id });
}
