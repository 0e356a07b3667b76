/** Rows of the first batch: large enough that a round trip is cheap, small enough for a slow table's 8 s limit. */
export const FIRST_BATCH = 500;
const SMALLEST = 1;
const LARGEST = 1_000;

/** The next batch's size: half after the site could not take one, an eighth more after it took a full one. */
export function nextBatchSize(size: number, taken: "all" | "too_large" | "part"): number {
  if (taken === "too_large") return Math.max(SMALLEST, Math.floor(size / 2));
  if (taken === "all") return Math.min(LARGEST, size + Math.ceil(size / 8));
  return size;
}

/** Characters of JSON in one request: below the 1 MB that proxies commonly allow. */
const LARGEST_BODY = 900_000;

/** Whether so much JSON may be one request. */
export function fitsRequest(body: string): boolean {
  return Buffer.byteLength(body) <= LARGEST_BODY;
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
