import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

// next/dynamic makes a boundary only then. Without one, everything around is hidden while a part is on its way, and the
// button that asked for it loses the focus.
test("parts that come on demand hide nothing around them while they are on their way", () => {
  const calls = globSync("{app,components}/**/*.tsx").flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/= dynamic\(([\s\S]*?)\);/g)].map(([, call]) => ({ file, call })),
  );
  expect(calls.length).toBeGreaterThan(10);
  expect(calls.filter(({ call }) => !call?.includes("ssr: false")).map(({ file }) => file)).toEqual([]);
});
