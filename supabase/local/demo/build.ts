import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startKept, tail } from "@/supabase/local/kept-process";
import { DirectoryInUse, lockDirectory } from "@/supabase/local/lock";

/** Path of Next's command line program. */
export const nextProgram = createRequire(import.meta.url).resolve("next/dist/bin/next");

const sourceDirectories = ["app", "components", "lib", "public"];
// Everything at the top that could matter to the build, less what is known not to.
const sourceFile = /^(?!vitest|playwright|biome|knip|next-env)[\w.-]+\.(ts|js|mjs|cjs|json)$/;

export interface BuildOptions {
  /** The project's directory. */
  root: string;
  /** File for the build's output. */
  log: string;
  /** Aborting it ends a running build. */
  signal: AbortSignal;
  say(message: string): void;
}

/** Makes the production build of the dashboard, unless there is one of exactly these sources. */
export async function ensureBuild(options: BuildOptions): Promise<void> {
  const unlock = await waitForTurn(options);
  try {
    const stamp = join(options.root, ".next", "roster-sources");
    const sources = await hashSources(options.root);
    const built = await readFile(stamp, "utf8").catch(() => "");
    if (built === sources && (await exists(join(options.root, ".next", "BUILD_ID")))) return;
    await rm(stamp, { force: true });
    await build(options);
    await writeFile(stamp, sources);
  } finally {
    await unlock();
  }
}

/** A hash of the names and contents of everything the build is made from. */
export async function hashSources(root: string): Promise<string> {
  const top = (await readdir(root)).filter((name) => sourceFile.test(name));
  const nested = await Promise.all(sourceDirectories.map((name) => filesBelow(root, name)));
  const hash = createHash("sha256");
  for (const path of [...top, ...nested.flat()].sort()) {
    const content = await readFile(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

async function filesBelow(root: string, directory: string): Promise<string[]> {
  const entries = await readdir(join(root, directory), { withFileTypes: true, recursive: true }).catch(
    () => [],
  );
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

async function build({ root, log, signal, say }: BuildOptions): Promise<void> {
  signal.throwIfAborted();
  say("Building the dashboard, which takes a minute or two and is only done when its sources have changed…");
  await rm(log, { force: true });
  const building = await startKept({
    command: [process.execPath, nextProgram, "build"],
    signals: ["TERM", "KILL"],
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1" },
    cwd: root,
    log,
  });
  const abort = () => void building.stop();
  signal.addEventListener("abort", abort);
  const ending = await building.ended;
  signal.removeEventListener("abort", abort);
  signal.throwIfAborted();
  if (ending !== "exit status 0") {
    throw new Error(`The dashboard could not be built (${ending}):\n${await tail(log, 60)}`);
  }
}

/** One build at a time: two demos of the same project write the same files. */
async function waitForTurn({ root, signal, say }: BuildOptions): Promise<() => Promise<void>> {
  const directory = join(root, "node_modules", ".cache", "roster-build");
  await mkdir(directory, { recursive: true });
  for (let waiting = false; ; waiting = true) {
    try {
      return await lockDirectory(directory);
    } catch (error) {
      if (!(error instanceof DirectoryInUse)) throw error;
      if (!waiting) say("Waiting for another demo that is building the dashboard…");
      await sleep(500, undefined, { signal });
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
