import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "@/lib/context";
import { eventStream } from "@/lib/http/event-stream";
import type { Run } from "@/lib/runs/schema";
import { getRun } from "@/lib/runs/service";

// Four a second moves a progress bar smoothly; each open stream costs the centre that many cheap calls.
const INTERVAL_MS = 250;

/** A run's progress as server-sent events: one at each change, the last one with `finishedAt`. Throws `not_found`. */
export async function runEvents(ctx: Context, input: { id: string }): Promise<Response> {
  const first = await getRun(ctx, input);
  return eventStream(
    (left) => changes(ctx, first, left),
    (err) => ctx.log.warn({ err, runId: input.id }, "run events stopped"),
  );
}

async function* changes(ctx: Context, first: Run, left: AbortSignal): AsyncGenerator<Run> {
  let run = first;
  yield run;
  while (!run.finishedAt) {
    await sleep(INTERVAL_MS, undefined, { signal: left });
    const next = await getRun(ctx, { id: run.id });
    if (JSON.stringify(next) === JSON.stringify(run)) continue;
    run = next;
    await ctx.recheck();
    yield run;
  }
}
