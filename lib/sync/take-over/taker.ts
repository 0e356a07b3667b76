import { siteDelaySeconds } from "../core/backoff";
import { type Failure, policyOf } from "../core/failure";
import type { Clock, Log } from "../ports";
import { type SideLoop, startSideLoop } from "../side-loop";
import type { OpenRows, ReadRows, TakeOver, TakeOverCentre, TakeOverStep } from "./ports";

export interface TakerOptions {
  centre: TakeOverCentre;
  openRows: OpenRows;
  clock: Clock;
  log: Log;
  /** How long to rest when nothing is to be done, in milliseconds. */
  pollMs: number;
  isDue?: () => boolean;
  /** Sites read at once by this worker. */
  maxSites: number;
}

/** Starts a worker's third loop: it reads the rows of sites that had users before, and does what was decided about them. */
export function startTaker(options: TakerOptions): SideLoop {
  return startSideLoop<TakeOver>({
    ...options,
    what: "take-over",
    most: options.maxSites,
    lease: options.centre.lease,
    work: (takeOver, signals) => goOn(takeOver, options, signals),
  });
}

/** As many as PostgREST answers at most by default. */
const PAGE_ROWS = 1_000;
const SMALLEST_PAGE = 50;
/** A batch on its way takes about as long. */
const LATER_MS = 100;

const WORK = new Set(["scan", "drop", "apply", "clean", "forget"]);

/** Goes on until somebody has to decide, all is done, the site fails, the lease is lost or the worker stops. */
async function goOn(
  work: TakeOver,
  { centre, clock, openRows }: TakerOptions,
  { stopping, aborting }: { stopping: AbortSignal; aborting: AbortSignal },
): Promise<void> {
  let step: TakeOverStep = { kind: "held", phase: work.phase, cursor: work.cursor, later: false };
  let rows: ReadRows | undefined;
  const size = { rows: PAGE_ROWS };
  while (step.kind === "held" && WORK.has(step.phase)) {
    if (stopping.aborted) return await centre.giveBack(work);
    if (step.phase !== "scan") {
      step = await centre.step(work);
      if (step.kind === "held" && step.later) await clock.sleep(LATER_MS, stopping);
      continue;
    }
    const opened = rows ?? (await openRows(work, aborting));
    if ("code" in opened) return await fail(work, opened, { centre, clock });
    rows = opened;
    const page = await readPage(rows, step.cursor, size);
    if ("code" in page) return await fail(work, page, { centre, clock });
    // A site that does not heed what it is asked would be read for ever.
    if (page.at(-1)?.key === step.cursor) return await fail(work, NO_END, { centre, clock });
    step = await centre.page(work, page);
  }
}

const NO_END: Failure = {
  code: "refused",
  message: "The site answers the same rows again and again, so they cannot be read to their end.",
};

/** The rows after a key, in a page as large as the site bears. */
async function readPage(read: ReadRows, cursor: string, size: { rows: number }) {
  for (;;) {
    const page = await read(cursor, size.rows);
    if (!("code" in page) || policyOf(page).kind !== "split_batch" || size.rows <= SMALLEST_PAGE) return page;
    size.rows = Math.max(SMALLEST_PAGE, Math.floor(size.rows / 4));
  }
}

async function fail(
  work: TakeOver,
  failure: Failure,
  { centre, clock }: Pick<TakerOptions, "centre" | "clock">,
) {
  if (policyOf(failure).kind !== "retry_site") return await centre.fail(work, failure);
  const retryIn = siteDelaySeconds(work.failures + 1, clock.random(), failure.retryAfterSeconds);
  return await centre.fail(work, failure, retryIn);
}
