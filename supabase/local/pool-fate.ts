import { isConnectionLoss } from "@/supabase/local/postgrest-errors";

/**
 * Whether a pool of connections still works. Once one of them breaks, `postgres` 3.4.9 may never send again
 * on it (a cancelled `setImmediate` is not forgotten, so no other is made) and hands it out all the same:
 * who gets it waits for ever, or the process ends by an exception from a timer. So the whole pool is given
 * up then, with all that is going on in it.
 */
export class PoolFate {
  readonly #waiting = new Set<(error: Error) => void>();
  readonly #onBreak: () => void;
  isBroken = false;

  constructor(onBreak: () => void) {
    this.#onBreak = onBreak;
  }

  /** Does something with the pool; fails at once when the pool breaks meanwhile, or is broken. */
  async run<T>(work: () => PromiseLike<T>): Promise<T> {
    if (this.isBroken) throw lost();
    const broken = Promise.withResolvers<never>();
    this.#waiting.add(broken.reject);
    try {
      return await Promise.race([broken.promise, work()]);
    } catch (error) {
      if (isConnectionLoss(error)) this.break();
      throw error;
    } finally {
      this.#waiting.delete(broken.reject);
    }
  }

  break(): void {
    if (this.isBroken) return;
    this.isBroken = true;
    for (const reject of this.#waiting) reject(lost());
    this.#onBreak();
  }
}

function lost(): Error {
  return Object.assign(new Error("The connection to the database was lost"), { code: "CONNECTION_CLOSED" });
}
