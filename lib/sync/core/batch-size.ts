/** How many users a site is sent at once. */
export interface BatchSize {
  users: number;
  /** There were more once, which the site could not take. */
  isLimited: boolean;
}

/** Rows of the first batch: large enough that a round trip is cheap, small enough for a slow table's 8 s limit. */
export const FIRST_BATCH: BatchSize = { users: 500, isLimited: false };
const SMALLEST = 1;
/** With more, what each batch costs by itself is hardly less, and what changes meanwhile waits longer. */
const LARGEST = 2_000;
/** A site that takes a batch in so many milliseconds will take twice as many users soon enough. */
const QUICK_MS = 1_000;

/**
 * The next batch's size: half after the site could not take one. After it took a full one an eighth more, or twice as many
 * where that was quick and it never had too many.
 */
export function nextBatchSize(
  { users, isLimited }: BatchSize,
  taken: "all" | "too_large" | "part",
  tookMs: number,
): BatchSize {
  if (taken === "too_large") return { users: Math.max(SMALLEST, Math.floor(users / 2)), isLimited: true };
  if (taken === "part") return { users, isLimited };
  const grown = !isLimited && tookMs < QUICK_MS ? users * 2 : users + Math.ceil(users / 8);
  return { users: Math.min(LARGEST, grown), isLimited };
}

/**
 * A site that fails after so many milliseconds was at work on its batch. With less, one that is away would get small
 * batches when it is back; with more than an answer is waited for, a slow one would get the same batch for ever.
 */
const AT_WORK_MS = 5_000;

/** The size after the site failed with a batch of so many users: half where it may have had too many to be done in time. */
export function sizeAfterFailure(known: BatchSize, users: number, tookMs: number): BatchSize {
  return users > 1 && tookMs >= AT_WORK_MS ? nextBatchSize({ ...known, users }, "too_large", tookMs) : known;
}

/** How many users' rows fit into a request, as long as those of so many are; a tenth is left for longer ones. */
export function usersThatFit({ bytes, users }: { bytes: number; users: number }): number {
  return Math.max(SMALLEST, Math.floor((0.9 * LARGEST_BODY * users) / bytes));
}

/** Bytes of JSON in one request: below the 1 MB that proxies commonly allow. */
const LARGEST_BODY = 900_000;

/** Whether so much JSON may be one request. */
export function fitsRequest(body: Uint8Array): boolean {
  return body.byteLength <= LARGEST_BODY;
}

/** Parts of `rows` whose JSON, as `jsonOf` has it, stays below the limit of one request each; a larger row goes alone. */
export function chunkBySize<T>(rows: readonly T[], jsonOf: (row: T) => string): T[][] {
  const chunks: T[][] = [];
  let room = 0;
  for (const row of rows) {
    const length = Buffer.byteLength(jsonOf(row)) + 1;
    if (length > room) {
      chunks.push([]);
      room = LARGEST_BODY;
    }
    chunks.at(-1)?.push(row);
    room -= length;
  }
  return chunks;
}
