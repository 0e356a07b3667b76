import type { Claim, LeasedSite } from "../ports";
import { type ClaimAnswer, pageBatch, type Rows } from "./claims";

/** Bytes of rows that are kept for other sites: some five pages. Sites that began together are not that far apart. */
const KEPT_BYTES = 4_000_000;
/** How long for, in milliseconds. Longer, and users' rows would stay in memory that nobody needs any more. */
const KEPT_MS = 10_000;

/** How the centre is asked for one site. */
export interface Asking {
  /** Claims its next batch; `rowsKnown`: if that is a page of new users, without their rows. */
  claim(rowsKnown: boolean): Promise<ClaimAnswer>;
  /** The rows of a page that was claimed without; null: they are not what they were, and the claim was given up. */
  rows(claimId: string): Promise<Rows | null>;
}

interface Kept {
  rows: Rows;
  step: string;
  ending: NodeJS.Timeout;
}

/**
 * Pages of full syncs that several sites get at the same time. The centre makes their rows, and sends them, once: a site
 * that follows another one from page to page gets what that one got, where a digest says that it is the same.
 */
export class SharedPages {
  readonly #pages = new Map<string, Kept>();
  /** Steps from a page to the next one that were made, or are being made: what comes of them is kept then. */
  readonly #steps = new Map<string, Promise<void>>();
  readonly #last = new WeakMap<LeasedSite, string>();
  #bytes = 0;

  /** Claims a site's next batch of so many users. Null: there is none yet, ask again. */
  async claim(site: LeasedSite, size: number, asking: Asking): Promise<Claim | null> {
    const step = `${size} after ${this.#last.get(site) ?? "the start"}`;
    const leader = this.#steps.get(step);
    const asked = asking.claim(leader !== undefined);
    if (!leader) this.#lead(step, asked);
    const answer = await asked;
    if ("claim" in answer) return answer.claim;
    const { page } = answer;
    this.#last.set(site, page.digest);
    await leader;
    const rows = answer.rows ?? this.#pages.get(page.digest)?.rows ?? (await asking.rows(page.claimId));
    return rows && pageBatch(page, rows);
  }

  #lead(step: string, asked: Promise<ClaimAnswer>): void {
    const keep = async () => {
      const answer = await asked.catch(() => null);
      if (answer && "page" in answer && answer.rows) this.#keep(answer.page.digest, answer.rows, step);
      else this.#steps.delete(step);
    };
    this.#steps.set(step, keep());
  }

  #keep(digest: string, rows: Rows, step: string): void {
    this.#drop(digest);
    const ending = setTimeout(() => this.#drop(digest), KEPT_MS);
    ending.unref();
    this.#pages.set(digest, { rows, step, ending });
    this.#bytes += rows.body.byteLength;
    for (const [oldest] of this.#pages) {
      if (this.#bytes <= KEPT_BYTES) break;
      this.#drop(oldest);
    }
  }

  #drop(digest: string): void {
    const page = this.#pages.get(digest);
    if (!page) return;
    clearTimeout(page.ending);
    this.#pages.delete(digest);
    this.#steps.delete(page.step);
    this.#bytes -= page.rows.body.byteLength;
  }
}
