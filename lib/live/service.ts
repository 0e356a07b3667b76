import { setTimeout as sleep } from "node:timers/promises";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { eventStream } from "@/lib/http/event-stream";
import type { Pulse } from "@/lib/live/schema";
import { withRun } from "@/lib/runs/service";

/** Changes are to be seen within 2 s, and most of that is for a busy machine. */
const INTERVAL_MS = 1_000;
/** Where a look costs little it is taken more often, but never for more than a tenth of the time. */
const SHORTEST_INTERVAL_MS = 500;
const PART = 10;
/** Rest after a look that took as long as that: a centre that is slow is not asked without a pause. */
const REST_MS = 200;

const PULSE = Symbol.for("roster.pulse");
interface Look {
  at: number;
  pulse: Promise<Pulse>;
  /** How long it took, in milliseconds; absent until it is there. */
  took?: number;
}
type Global = typeof globalThis & { [PULSE]?: Look };

/** Server-sent events for open pages: the counts, and what may have changed. */
export async function liveEvents(ctx: Context): Promise<Response> {
  await currentPulse(ctx); // an error is an answer, not a stream that ends
  return eventStream(
    (left) => changes(ctx, left),
    (err) => ctx.log.warn({ err }, "live events stopped"),
  );
}

async function* changes(ctx: Context, left: AbortSignal): AsyncGenerator<Pulse> {
  let seen = "";
  for (;;) {
    const pulse = await currentPulse(ctx);
    const text = JSON.stringify(pulse);
    if (text !== seen) {
      await ctx.recheck();
      yield pulse;
      seen = text;
    }
    await sleep(untilNext(), undefined, { signal: left });
  }
}

/**
 * Milliseconds until the next look is due, the same moment for all pages: one that counted from when it got the last look
 * of another could be two intervals behind.
 */
function untilNext(): number {
  const last = (globalThis as Global)[PULSE];
  return last ? Math.max(REST_MS, last.at + intervalAfter(last) - performance.now()) : INTERVAL_MS;
}

function intervalAfter({ took = INTERVAL_MS }: Look): number {
  return Math.min(INTERVAL_MS, Math.max(SHORTEST_INTERVAL_MS, PART * took));
}

/** One look at the centre serves every page that is open at this server. */
function currentPulse(ctx: Context): Promise<Pulse> {
  const shared: Global = globalThis;
  const last = shared[PULSE];
  if (last && performance.now() - last.at < intervalAfter(last) * 0.9) return last.pulse;
  const look: Look = { at: performance.now(), pulse: readPulse(ctx) };
  const noteTime = () => {
    look.took = performance.now() - look.at;
  };
  look.pulse.then(noteTime, noteTime);
  shared[PULSE] = look;
  return look.pulse;
}

async function readPulse(ctx: Context): Promise<Pulse> {
  const { overview, marks } = dataOf(await ctx.centre.rpc("sync_pulse", {}));
  return { overview: await withRun(ctx, overview), marks };
}
