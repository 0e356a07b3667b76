import { callApi } from "@/lib/api-client";
import type { ChangeManyInput, ManyChanged } from "./many-schema";
import type { UserFilter } from "./queries";

/** Who is changed: these, or everybody who matches, of whom there must be as many as was said. */
export type Target = { ids: readonly string[] } | { filter: UserFilter; expect: number };

export type BulkChange = ChangeManyInput["change"];

/** How far a change has come. `after` is where it goes on; null when it is done. */
export interface BulkProgress {
  matched: number;
  changed: number;
  after: string | null;
}

/** Seconds of one call: short, so that a bar moves and a stop is heeded soon. */
const SECONDS = 2;
/** Ids of one call, which may name ten thousand. */
const IDS = 2_000;

/**
 * Changes many users in short calls, with the progress after each. Stops between two calls when `signal` says so; what is
 * done stays done, and a second call with its progress goes on there. Throws `ApiError`.
 */
export async function* changeInSteps(
  target: Target,
  change: BulkChange,
  signal: AbortSignal,
  from: BulkProgress = { matched: 0, changed: 0, after: "" },
): AsyncGenerator<BulkProgress> {
  let progress = from;
  while (progress.after !== null && !signal.aborted) {
    progress =
      "ids" in target
        ? await changeIds(target.ids, change, progress)
        : await changeMatching(target, change, progress);
    yield progress;
  }
}

async function changeIds(
  ids: readonly string[],
  change: BulkChange,
  progress: BulkProgress,
): Promise<BulkProgress> {
  const start = Number(progress.after);
  const answer = await callBulk({ ids: ids.slice(start, start + IDS), change, seconds: 45 });
  return add(progress, answer, start + IDS < ids.length ? String(start + IDS) : null);
}

async function changeMatching(
  { filter, expect }: { filter: UserFilter; expect: number },
  change: BulkChange,
  progress: BulkProgress,
): Promise<BulkProgress> {
  const query = Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== null && value !== ""),
  );
  const where = progress.after ? { after: progress.after } : { expect };
  const answer = await callBulk({ query, change, seconds: SECONDS, ...where });
  return add(progress, answer, answer.after);
}

function callBulk(body: object): Promise<ManyChanged> {
  return callApi<ManyChanged>("POST", "/api/users/bulk", { body });
}

function add(before: BulkProgress, { matched, changed }: ManyChanged, after: string | null): BulkProgress {
  return { matched: before.matched + matched, changed: before.changed + changed, after };
}
