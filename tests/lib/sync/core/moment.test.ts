import { expect, test } from "vitest";
import { momentOf } from "@/lib/sync/core/moment";

test.each([
  "2026-01-02T03:04:05.678901+00:00",
  "2026-01-02T03:04:05",
  "2026-01-02 03:04:05+05:30",
  "2024-02-29T23:59Z",
  "2024-02-29",
])("%s is a time", (time) => {
  expect(momentOf(time)).toBe(time);
});

test.each(["5", "2021", "March 7", "2026-02-30T00:00:00", "2026-01-02T25:00:00", "infinity", "", null, 7])(
  "%s is none that the central database would take",
  (value) => {
    expect(momentOf(value)).toBeNull();
  },
);
