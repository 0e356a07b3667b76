import { describe, expect, test } from "vitest";
import { type Random, seeded, seeds } from "@/tests/support/faults/random";
import { endModel, heal, type ModelRun, runSchedule, startModel } from "@/tests/support/model/schedule";
import { differences, wrongEffectsIn } from "@/tests/support/model/truth";

const SCHEDULES = 250;
const PATIENCE_SECONDS = 900;

async function schedule(random: Random): Promise<void> {
  const run = startModel(random);
  try {
    await runSchedule(run);
    await heal(run);
    // A user who was refused often waits for hours, unless somebody retries by hand.
    if (!(await becomesTrue(run))) run.centre.retry();
    await becomesTrue(run);
    expect([...differences(run)]).toEqual([]);
    expect(wrongEffectsIn(run)).toEqual([]);
  } finally {
    endModel(run);
  }
}

async function becomesTrue(run: ModelRun): Promise<boolean> {
  for (let second = 0; second < PATIENCE_SECONDS; second++) {
    if (differences(run).next().done) return true;
    await run.clock.runUntil(() => false, 1_000);
  }
  return false;
}

describe("four workers and eight sites on a clock of their own", () => {
  test(`${SCHEDULES} random schedules end with every site equal to the centre and statuses that say so`, async () => {
    for (const seed of seeds(SCHEDULES)) await seeded(seed, schedule);
  }, 60_000);
});
