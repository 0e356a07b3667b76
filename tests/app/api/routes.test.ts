import { globSync } from "node:fs";
import { expect, test } from "vitest";

const files = globSync("app/api/**/route.ts");

test("there are routes", () => {
  expect(files.length).toBeGreaterThan(10);
});

test.each(files)(
  "%s answers every method itself, so that none gets an answer without a body",
  async (file) => {
    const exported = Object.keys(await import(/* @vite-ignore */ `../../../${file}`)).sort();
    expect(exported).toEqual(["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"]);
  },
);
