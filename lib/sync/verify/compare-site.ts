import { siteDelaySeconds } from "../core/backoff";
import { type Failure, policyOf } from "../core/failure";
import type { Clock } from "../ports";
import type { ComparedRow, SiteReader, Step, Verification, VerifyCentre } from "./ports";

export interface CompareOptions {
  centre: VerifyCentre;
  clock: Clock;
  /** Fires when this worker should stop: the page on its way is finished, no further one begun. */
  stopping: AbortSignal;
}

/** More rows would wait longer for one answer and gain little; 1,000 is what PostgREST answers at most by default. */
const PAGE_ROWS = 1_000;
const SMALLEST_PAGE = 50;

type Held = Extract<Step, { kind: "held" }>;

/**
 * Goes on with a comparison until its end, the site fails, the lease is lost or the worker stops. One page of rows is in
 * memory, and the next one while the centre compares it.
 */
export async function compareSite(
  verification: Verification,
  reader: SiteReader,
  { centre, clock, stopping }: CompareOptions,
): Promise<void> {
  const walk = new Walk(reader);
  let step: Step = { kind: "held", ...verification, look: [] };
  try {
    while (step.kind === "held" && step.phase !== "done" && !stopping.aborted) {
      step = await (step.phase === "rows"
        ? comparePage(verification, step, walk, centre)
        : centre.pairs(verification));
      if (step.kind === "held" && step.look.length > 0) {
        step = await look(verification, step, reader, centre);
      }
    }
    if (step.kind === "held" && step.phase !== "done") await centre.giveBack(verification);
  } catch (error) {
    if (!(error instanceof SiteUnreadable)) throw error;
    await fail(verification, error.failure, { centre, clock });
  }
}

async function comparePage(verification: Verification, at: Held, walk: Walk, centre: VerifyCentre) {
  const { began, rows } = await walk.page(at.cursor, at.now);
  const last = rows.at(-1);
  if (last) walk.readAhead(placeOf(last), at.now);
  return await centre.page(verification, began, rows);
}

/** Where the walk goes on after a row. */
export function placeOf(row: ComparedRow): string {
  return "key" in row ? row.key : row.id;
}

async function look(verification: Verification, step: Held, reader: SiteReader, centre: VerifyCentre) {
  const present = readable(await reader.present(step.look));
  const absent = step.look.filter((id) => !present.has(id));
  return await centre.looked(verification, step.now, step.look, absent);
}

interface Page {
  /** The centre's time before the rows were asked for. */
  began: string;
  rows: readonly ComparedRow[];
}

/** Reads a site's rows page after page, one ahead, in pages as large as it bears. */
class Walk {
  #size = PAGE_ROWS;
  #ahead: { cursor: string; page: Promise<Page> } | undefined;

  constructor(private readonly reader: SiteReader) {}

  /** The rows after a cursor. `now`: the centre's time, at the latest when this was called. */
  async page(cursor: string, now: string): Promise<Page> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead?.cursor === cursor) return await ahead.page;
    await ahead?.page.catch(() => undefined); // a reader's requests follow each other
    return await this.#read(cursor, now);
  }

  /** Begins to read the rows after a cursor, which will probably be asked for next. */
  readAhead(cursor: string, now: string): void {
    const page = this.#read(cursor, now);
    page.catch(() => undefined); // awaited when it is asked for
    this.#ahead = { cursor, page };
  }

  async #read(cursor: string, began: string): Promise<Page> {
    for (;;) {
      const rows = await this.reader.after(cursor, this.#size);
      if (!isFailure(rows)) return { began, rows };
      if (policyOf(rows).kind !== "split_batch" || this.#size <= SMALLEST_PAGE)
        throw new SiteUnreadable(rows);
      this.#size = Math.max(SMALLEST_PAGE, Math.floor(this.#size / 4));
    }
  }
}

class SiteUnreadable extends Error {
  override name = "SiteUnreadable";

  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

function readable<T extends object>(answer: T | Failure): T {
  if (isFailure(answer)) throw new SiteUnreadable(answer);
  return answer;
}

function isFailure(answer: object): answer is Failure {
  return "code" in answer;
}

/** Records that the site could not be read: worth another attempt, unless somebody has to change something first. */
export async function fail(
  verification: Verification,
  failure: Failure,
  { centre, clock }: Pick<CompareOptions, "centre" | "clock">,
): Promise<void> {
  const passes = policyOf(failure).kind === "retry_site";
  await (passes
    ? centre.fail(
        verification,
        failure,
        siteDelaySeconds(verification.failures + 1, clock.random(), failure.retryAfterSeconds),
      )
    : centre.fail(verification, failure));
}
