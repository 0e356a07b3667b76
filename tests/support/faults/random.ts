/** Chance from a seed: the same seed gives the same choices in the same order (mulberry32). */
export class Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, but not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Chance of its own, for somebody who draws at his own pace. */
  fork(): Random {
    return new Random(this.int(0, 2 ** 31));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.int(0, values.length - 1)];
    if (value === undefined) throw new Error("There is nothing to pick from");
    return value;
  }

  /** One of the named choices, as often as its weight says. */
  weighted<K extends string>(weights: Record<K, number>): K {
    const names = Object.keys(weights) as K[];
    let left = this.next() * names.reduce((sum, name) => sum + weights[name], 0);
    for (const name of names) {
      left -= weights[name];
      if (left < 0) return name;
    }
    return this.pick(names);
  }
}

/** Names the seed to use instead of fresh ones, to see a failure again. */
const SEED_VARIABLE = "ROSTER_TEST_SEED";

/** `count` seeds that differ from run to run, or the one of the environment. */
export function seeds(count: number): number[] {
  const given = process.env[SEED_VARIABLE];
  if (given) return [Number(given)];
  const first = Date.now() % 2 ** 31;
  return Array.from({ length: count }, (_, n) => (first + n * 7_919) % 2 ** 31);
}

/** Runs something random; its failure says how to see it again. */
export async function seeded(seed: number, run: (random: Random) => Promise<void>): Promise<void> {
  try {
    await run(new Random(seed));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`With ${SEED_VARIABLE}=${seed}: ${reason}`, { cause });
  }
}
