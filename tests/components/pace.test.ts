import { expect, test } from "vitest";
import { addSample, paceText, perSecond, type Sample } from "@/components/sync/pace";

/** Samples of a run that does so much a second, one each second. */
function steady(rate: number, seconds: number): Sample[] {
  let samples: Sample[] = [];
  for (let second = 0; second <= seconds; second++) {
    samples = addSample(samples, { at: second * 1_000, done: second * rate });
  }
  return samples;
}

test("a steady run has its pace, however long it has run", () => {
  expect(perSecond(steady(200, 5))).toBe(200);
  expect(perSecond(steady(200, 500))).toBe(200);
  expect(steady(200, 500).length).toBeLessThan(20);
});

test("the pace is that of late, not of the whole run", () => {
  let samples = steady(200, 60);
  for (let second = 61; second <= 90; second++) {
    samples = addSample(samples, { at: second * 1_000, done: 12_000 });
  }
  expect(perSecond(samples)).toBe(0);
});

test("nothing is said before it can be known, or when nothing moves", () => {
  expect(perSecond([])).toBeNull();
  expect(perSecond(steady(5, 0))).toBeNull();
  expect(paceText({ pending: 5 }, null)).toBe("");
  expect(paceText({ pending: 5 }, 0)).toBe("");
});

test("the time left is rounded up to what people say", () => {
  expect(paceText({ pending: 1_000 }, 1_200)).toBe("1,200 a second · less than a second left");
  expect(paceText({ pending: 90 }, 2)).toBe("2.0 a second · 45 s left");
  expect(paceText({ pending: 90_000 }, 500)).toBe("500 a second · 3 min left");
  expect(paceText({ pending: 3_600_000 }, 500)).toBe("500 a second · 2 h 0 min left");
});
