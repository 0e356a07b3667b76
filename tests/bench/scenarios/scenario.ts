import type { Finding } from "@/tests/bench/report";
import type { Stage } from "@/tests/bench/stage";

/** How much is done: as the promise has it, or little, to see that everything works. */
export interface Sizes {
  /** Runs of each contender. */
  rounds: number;
  pick<T>(full: T, quick: T): T;
  /** Says on the way what was found. */
  progress(text: string): void;
}

export interface Scenario {
  name: string;
  run(stage: Stage, sizes: Sizes): Promise<Finding[]>;
}
