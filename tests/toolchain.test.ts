import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { z } from "zod";

const root = fileURLToPath(new URL("..", import.meta.url));
const versions = z.record(z.string(), z.string()).default({});
const manifest = z.object({
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
});

it("scripts run on the Node that the project brings, whatever the machine has", async () => {
  const brought = manifest.parse(JSON.parse(await readFile(`${root}/package.json`, "utf8")));
  const wanted = Object.entries(brought.optionalDependencies).filter(([name]) => name.startsWith("node-"));
  expect(new Set(wanted.map(([, version]) => `v${version}`))).toEqual(new Set([process.version]));
  expect(process.version).toMatch(/^v24\./);
});

it("every dependency is pinned to one exact version", async () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest.parse(
    JSON.parse(await readFile(`${root}/package.json`, "utf8")),
  );
  const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(all.length).toBeGreaterThan(20);
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

it("the schema for the SQL Editor is what the migrations say", async () => {
  const check = promisify(execFile)(
    process.execPath,
    ["--import", "tsx", "supabase/local/write-schema.ts", "--check"],
    { cwd: root },
  );
  await expect(check).resolves.toMatchObject({ stderr: "" });
});
