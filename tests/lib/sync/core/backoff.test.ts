import { describe, expect, test } from "vitest";
import { siteDelaySeconds, userDelaySeconds } from "@/lib/sync/core/backoff";

describe("userDelaySeconds", () => {
  test("waits 5 s, 30 s, 2 min, 10 min, 30 min, 2 h, then 6 h for 3 days, then gives up", () => {
    const delays = Array.from({ length: 19 }, (_, failures) => userDelaySeconds(failures + 1));
    expect(delays.slice(0, 6)).toEqual([5, 30, 120, 600, 1_800, 7_200]);
    expect(delays.slice(6, 18)).toEqual(Array(12).fill(21_600));
    expect(delays[18]).toBeUndefined();
  });
});

describe("siteDelaySeconds", () => {
  test("doubles from one second to a quarter of an hour", () => {
    expect([1, 2, 3, 10, 11, 60].map((failures) => siteDelaySeconds(failures, 0))).toEqual([
      1, 2, 4, 512, 900, 900,
    ]);
  });

  test("is shortened by chance, by half at most and never below a second", () => {
    expect(siteDelaySeconds(1, 1)).toBe(1);
    expect(siteDelaySeconds(5, 1)).toBe(8);
    expect(siteDelaySeconds(5, 0.5)).toBe(12);
  });

  test("follows the site's own wish, for a day at most", () => {
    expect(siteDelaySeconds(9, 0.3, 17)).toBe(17);
    expect(siteDelaySeconds(1, 0, 1e9)).toBe(86_400);
  });
});
