interface Timer {
  at: number;
  ring: () => void;
}

/** Time that passes only when everybody waits for it; nothing in a run depends on the machine's speed. */
export class VirtualClock {
  #now = Date.UTC(2026, 0, 1);
  readonly #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer: Timer = { at: this.#now + milliseconds, ring: resolve };
      this.#insert(timer);
      signal?.addEventListener(
        "abort",
        () => {
          const index = this.#timers.indexOf(timer);
          if (index >= 0) this.#timers.splice(index, 1);
          resolve();
        },
        { once: true },
      );
    });
  }

  /** Lets time pass until `done`, asked at every event, or `milliseconds` have passed; returns whether it was done. */
  async runUntil(done: () => boolean, milliseconds: number): Promise<boolean> {
    const end = this.#now + milliseconds;
    while (true) {
      await settled();
      if (done()) return true;
      const next = this.#timers[0];
      if (next === undefined || next.at > end) {
        this.#now = end;
        return done();
      }
      this.#timers.shift();
      this.#now = Math.max(this.#now, next.at);
      next.ring();
    }
  }

  #insert(timer: Timer): void {
    // From the end: new timers are mostly late ones, and equal ones ring in the order they were set.
    let index = this.#timers.length;
    while (index > 0 && (this.#timers[index - 1]?.at ?? 0) > timer.at) index--;
    this.#timers.splice(index, 0, timer);
  }
}

/** Resolves when everything that needs no time has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
