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
/**
 * A look that takes longer is told about: by then the centre has most likely stopped, and what pages show may be old. A
 * busy one would be called silent if this were shorter; people would believe old numbers for longer if it were longer.
 */
const SILENT_SECONDS = 5;
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
  await currentLook(ctx).pulse; // an error is an answer, not a stream that ends
  return eventStream(
    (left) => pulses(ctx, left),
    (err) => ctx.log.warn({ err }, "live events stopped"),
  );
}

/** What the centre says, whenever it says something else, and that it has been silent for so long. */
export async function* pulses(
  ctx: Context,
  left: AbortSignal,
  silentSeconds = SILENT_SECONDS,
): AsyncGenerator<Pulse> {
  let seen = "";
  let known: Pulse | undefined;
  for (;;) {
    const look = currentLook(ctx);
    if (known && !(await isInTime(look, silentSeconds))) {
      yield { ...known, silentSeconds };
      seen = ""; // the next answer is news, whatever it says
    }
    known = await look.pulse;
    const text = JSON.stringify(known);
    if (text !== seen) {
      await ctx.recheck();
      yield known;
      seen = text;
    }
    await sleep(untilNext(), undefined, { signal: left });
  }
}

/** Whether a look is there before the centre counts as silent; throws what the look throws. */
async function isInTime({ at, pulse }: Look, silentSeconds: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(at + silentSeconds * 1_000 - performance.now(), false, { signal: timer.signal });
  try {
    return await Promise.race([pulse.then(() => true), late]);
  } finally {
    timer.abort();
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
function currentLook(ctx: Context): Look {
  const shared: Global = globalThis;
  const last = shared[PULSE];
  if (last && performance.now() - last.at < intervalAfter(last) * 0.9) return last;
  const look: Look = { at: performance.now(), pulse: readPulse(ctx) };
  const noteTime = () => {
    look.took = performance.now() - look.at;
  };
  look.pulse.then(noteTime, noteTime);
  shared[PULSE] = look;
  return look;
}

async function readPulse(ctx: Context): Promise<Pulse> {
  const { overview, marks } = dataOf(await ctx.centre.rpc("sync_pulse", {}));
  return { overview: await withRun(ctx, overview), marks, silentSeconds: 0 };
}
