import { setTimeout as sleep } from "node:timers/promises";
import { watchOnce } from "@/lib/alerts/watch";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { env } from "@/lib/env";
import type { Backlog, Drained, DrainInput } from "@/lib/runs/request-schema";
import { startConfiguredWorker, watchOptions } from "@/lib/worker";

/** One cheap question to the centre each; a scheduler's call lasts seconds. */
const POLL_MS = 250;
/** Where only a scheduler makes things work, it counts as alive until it should have come again long ago. */
const ALIVE_SECONDS = 3600;

/**
 * Runs a worker until nothing is left to do or `seconds` have passed, for installations where no process stays
 * running. Any number of calls may overlap, and other workers may run beside them.
 */
export async function drain(ctx: Context, { seconds }: DrainInput): Promise<Drained> {
  const deadline = performance.now() + seconds * 1000;
  const worker = startConfiguredWorker(env());
  try {
    for (;;) {
      const left = await backlog(ctx);
      const done = Object.values(left).every((waiting) => waiting === 0);
      if (done || performance.now() >= deadline || ctx.signal.aborted) return { done, left };
      await sleep(POLL_MS);
    }
  } finally {
    await watchOnce(watchOptions(env(), worker, ALIVE_SECONDS)).catch((err: unknown) =>
      ctx.log.warn({ err }, "alerts could not be looked after"),
    );
    await worker.stop();
  }
}

async function backlog(ctx: Context): Promise<Backlog> {
  return dataOf(await ctx.centre.rpc("sync_backlog", {}));
}
