/** Changes are fanned out that often in a row, at once: a few edits after each other are not kept waiting. */
const BURST = 3;
/**
 * And that often a second from then on, so that a user who changes all the time is written 18 times in a second and not
 * a thousand. Fewer would be seen as delay, more would be no faster to look at.
 */
const PER_SECOND = 15;

/** How soon changes may be fanned out again. Times in milliseconds. */
export class Pace {
  #tokens = BURST;
  #at = Number.NEGATIVE_INFINITY;

  /** Changes were fanned out. */
  spend(now: number): void {
    this.#refill(now);
    this.#tokens = Math.max(0, this.#tokens - 1);
  }

  /** How long to wait before the next time. */
  wait(now: number): number {
    this.#refill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * 1000) / PER_SECOND);
  }

  #refill(now: number): void {
    const gained = (Math.max(0, now - this.#at) * PER_SECOND) / 1000;
    this.#tokens = Math.min(BURST, this.#tokens + gained);
    this.#at = now;
  }
}
