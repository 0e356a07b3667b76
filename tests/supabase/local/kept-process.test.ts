import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startKept } from "@/supabase/local/kept-process";
import { descendantsOf, stillRunning } from "@/tests/e2e/support/processes";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "roster-kept-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a program ends also when what keeps it was killed", async () => {
  const kept = await startKept({
    command: [process.execPath, "-e", "process.title = 'renamed'; setInterval(() => undefined, 1000)"],
    signals: ["TERM", "KILL"],
    env: process.env,
    cwd: folder,
    log: join(folder, "log"),
  });
  const own = async () =>
    (await descendantsOf(process.pid)).filter(({ command }) => /^renamed|keeper\.sh/.test(command));
  const names = async () => (await own()).map(({ command }) => command.includes("keeper.sh"));
  // keeper.sh, the program, and what watches over both.
  await expect.poll(async () => (await names()).sort(), { timeout: 10_000 }).toEqual([false, true, true]);
  const all = await own();
  for (const { pid, command } of all) if (command.includes("keeper.sh")) process.kill(pid, "SIGKILL");
  expect(await kept.ended).toBe("signal SIGKILL");
  await expect.poll(() => stillRunning(all), { timeout: 10_000 }).toEqual([]);
});
