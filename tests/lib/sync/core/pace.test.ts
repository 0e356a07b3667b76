import { expect, test } from "vitest";
import { Pace } from "@/lib/sync/core/pace";

test("a few changes after each other are not kept waiting", () => {
  const pace = new Pace();
  for (let n = 0; n < 3; n++) {
    expect(pace.wait(n)).toBe(0);
    pace.spend(n);
  }
  expect(pace.wait(3)).toBeGreaterThan(0);
  expect(pace.wait(500)).toBe(0);
});

test("changes without end are fanned out at most 18 times in their first second, and 15 in every further one", () => {
  const pace = new Pace();
  const times: number[] = [];
  for (let now = 0; now < 3_000; ) {
    const wait = pace.wait(now);
    if (wait === 0) {
      pace.spend(now);
      times.push(now);
    }
    now += Math.max(wait, 1);
  }
  expect(times.filter((at) => at < 1_000).length).toBeLessThanOrEqual(18);
  expect(times.filter((at) => at >= 2_000).length).toBeLessThanOrEqual(15);
  expect(times.filter((at) => at >= 2_000).length).toBeGreaterThan(12);
});
