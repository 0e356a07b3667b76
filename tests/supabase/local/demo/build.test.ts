import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureBuild, hashSources } from "@/supabase/local/demo/build";
import { lockDirectory } from "@/supabase/local/lock";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "roster-build-"));
  await mkdir(join(root, "app/users"), { recursive: true });
  await writeFile(join(root, "app/users/page.tsx"), "one");
  await writeFile(join(root, "package-lock.json"), "{}");
  await writeFile(join(root, "vitest.config.ts"), "tests");
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("a copy of the sources has the same hash", async () => {
  const copy = join(root, "copy");
  await mkdir(copy);
  for (const name of ["app", "package-lock.json"])
    await cp(join(root, name), join(copy, name), { recursive: true });
  expect(await hashSources(copy)).toBe(await hashSources(root));
});

test.each(["app/users/page.tsx", "app/new.tsx", "package-lock.json", "next.config.ts"])(
  "a change of %s asks for a new build",
  async (path) => {
    const before = await hashSources(root);
    await writeFile(join(root, path), "two");
    expect(await hashSources(root)).not.toBe(before);
  },
);

test("what is only for tests does not", async () => {
  const before = await hashSources(root);
  await writeFile(join(root, "vitest.config.ts"), "other tests");
  expect(await hashSources(root)).toBe(before);
});

test("a demo that starts while another one builds waits for its turn", async () => {
  await mkdir(join(root, ".next"));
  await writeFile(join(root, ".next/BUILD_ID"), "built");
  await writeFile(join(root, ".next/roster-sources"), await hashSources(root));
  const turn = join(root, "node_modules/.cache/roster-build");
  await mkdir(turn, { recursive: true });
  const unlock = await lockDirectory(turn);
  const said: string[] = [];
  const build = ensureBuild({
    root,
    log: join(root, "build.log"),
    signal: new AbortController().signal,
    say: (message) => said.push(message),
  });
  await expect.poll(() => said).toEqual(["Waiting for another demo that is building the dashboard…"]);
  await unlock();
  await build;
});
