import { setTimeout as sleep } from "node:timers/promises";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";

// A single user usually lands within 50 to 100 ms.
const POLL_MS = 75;
/** Between two looks for different callers; the centre has more to do than to be asked. */
const REST_MS = POLL_MS / 2;
/** Ids travel in the address of the call. */
const IDS_PER_CALL = 100;

/** Waits up to so many seconds for a run to finish, or until the caller has gone. Whether it has. */
export async function hasFinished(ctx: Context, id: string, waitSeconds: number): Promise<boolean> {
  const deadline = performance.now() + waitSeconds * 1000;
  for (;;) {
    // A look that fails says nothing: what is answered in the end is read anew, and fails by itself if it must.
    if (await isFinished(ctx, id).catch(() => false)) return true;
    if (performance.now() >= deadline || ctx.signal.aborted) return false;
    await sleep(POLL_MS);
  }
}

const ASKED = Symbol.for("roster.runs-asked");
interface Asked {
  /** The look that comes next, and what it is for. */
  next?: { ids: Set<string>; finished: Promise<Set<string>> };
  /** The look on its way, and the rest after it. */
  now: Promise<unknown>;
}
type Global = typeof globalThis & { [ASKED]?: Asked };

/**
 * One look at the centre at a time, for all runs that are asked about meanwhile: 300 callers who waited for a run of their
 * own asked so often that the workers came to nothing. (Those who watch one run share its look instead: events.ts.)
 */
async function isFinished(ctx: Context, id: string): Promise<boolean> {
  const shared: Global = globalThis;
  shared[ASKED] ??= { now: Promise.resolve() };
  const asked = shared[ASKED];
  if (!asked.next) {
    const ids = new Set<string>();
    const finished = asked.now.then(() => {
      delete asked.next;
      return finishedOf(ctx, [...ids]);
    });
    asked.next = { ids, finished };
    const rest = () => sleep(REST_MS);
    asked.now = finished.then(rest, rest);
  }
  const { ids, finished } = asked.next;
  ids.add(id);
  return (await finished).has(id);
}

async function finishedOf(ctx: Context, ids: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (let start = 0; start < ids.length; start += IDS_PER_CALL) {
    const runs = ctx.centre
      .from("sync_runs")
      .select("id")
      .in("id", ids.slice(start, start + IDS_PER_CALL));
    for (const run of dataOf(await runs.not("finished_at", "is", null))) found.add(run.id);
  }
  return found;
}
