import { expect, test } from "vitest";
import { classify } from "@/lib/sync/core/classify";
import { sameValue } from "@/lib/sync/core/compare";
import { momentOf } from "@/lib/sync/core/moment";
import { redactor } from "@/lib/sync/core/redact";

/** A quarter of what a site may answer at most, in bytes. */
const MOST = 1_000_000;
const fill = (text: string) => text.repeat(MOST / text.length);

// By the square of their length each of these takes minutes or hours, and with them every other site.
test.each<[what: string, read: () => unknown]>([
  [
    "the details of a conflict",
    () => classify({ status: 409, code: "23505", details: `Key (${fill(")=(")}` }),
  ],
  ["a time", () => sameValue("2026-01-01T00:00:00Z", `2026-01-01T00:00:00.${fill("0")}1`)],
  ["a time of a row", () => momentOf(`2026-01-01T00:00:00.${fill("1")}Z`)],
  ...["-ey", ".ey", "Bearer ", " ", "://a:", "sb_secret_", "whsec_", "-"].map(
    (text): [string, () => unknown] => [`"${text}" in what is redacted`, () => redactor([])(fill(text))],
  ),
])("a site cannot keep Roster busy with %s", (_what, read) => {
  const before = process.cpuUsage();
  read();
  expect(process.cpuUsage(before).user / 1e6).toBeLessThan(5);
});

test("a JWT is hidden also behind a dash", () => {
  const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.${"x".repeat(43)}`;
  expect(redactor([])(`token-${jwt} and journeys-and-more.example-company.internal-net`)).toBe(
    "[redacted] and journeys-and-more.example-company.internal-net",
  );
});
