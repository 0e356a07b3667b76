import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

// A server action is a way in that no route declares: it would bypass the access rules of lib/http/route.ts.
test("there are no server actions", async () => {
  const folders = ["app", "components", "lib"];
  const files = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(folder, { recursive: true });
      return entries.filter((name) => /\.[jt]sx?$/.test(name)).map((name) => join(folder, name));
    }),
  );
  expect(files.flat().length).toBeGreaterThan(100);
  const sources = await Promise.all(
    files.flat().map(async (file) => ({ file, source: await readFile(file, "utf8") })),
  );
  const found = sources.filter(({ source }) => /^\s*(["'`])use server\1/m.test(source));
  expect(found.map(({ file }) => file)).toEqual([]);
});
