import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "@/lib/context";
import { eventStream } from "@/lib/http/event-stream";
import type { Run } from "@/lib/runs/schema";
import { getRun } from "@/lib/runs/service";

// Four a second moves a progress bar smoothly. One look serves all who watch a run: 400 streams that each looked for
// themselves made every other request wait for seconds.
const INTERVAL_MS = 250;

const LOOKS = Symbol.for("roster.run-looks");
type Global = typeof globalThis & { [LOOKS]?: Map<string, Promise<Run>> };

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
    const next = await latestRun(ctx, run.id);
    if (next === run || JSON.stringify(next) === JSON.stringify(run)) continue;
    run = next;
    await ctx.recheck();
    yield run;
  }
}

/** The run as of a look that is on its way, or came back less than an interval ago; else of a new one. */
function latestRun(ctx: Context, id: string): Promise<Run> {
  const shared: Global = globalThis;
  shared[LOOKS] ??= new Map();
  const looks = shared[LOOKS];
  const known = looks.get(id);
  if (known) return known;
  const look = getRun(ctx, { id });
  looks.set(id, look);
  const forget = () => setTimeout(() => looks.delete(id), INTERVAL_MS * 0.9).unref();
  look.then(forget, forget);
  return look;
}
