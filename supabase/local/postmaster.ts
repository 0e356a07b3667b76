import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type KeptProcess, tail } from "@/supabase/local/kept-process";
import { commandOf } from "@/supabase/local/processes";

const startMilliseconds = 60_000; // recovery after a crash of a big database takes a while
const leftoverMilliseconds = 7_000; // more than keeper.sh needs to stop a server whose parent died

/**
 * Makes sure that no PostgreSQL of an earlier, killed process still works on these files, and that the
 * `postmaster.pid` of one that is gone does not keep a new one from starting: PostgreSQL only looks
 * whether any process of that number lives, and in a container such numbers come back soon.
 */
export async function clearWay(files: string): Promise<void> {
  const deadline = Date.now() + leftoverMilliseconds;
  for (;;) {
    const pid = await postmasterPid(files);
    if (pid === undefined) return;
    const command = await commandOf(pid);
    if (command === "") return; // PostgreSQL itself is careful with what its dead predecessor left
    if (!command.includes(files)) return await rm(join(files, "postmaster.pid"), { force: true });
    if (Date.now() > deadline) process.kill(pid, "SIGQUIT");
    await sleep(50);
  }
}

/** Waits until PostgreSQL accepts connections; throws with the end of its log when it gives up. */
export async function untilReady(server: KeptProcess, files: string, log: string): Promise<void> {
  const deadline = Date.now() + startMilliseconds;
  while (!(await isReady(files))) {
    if (server.hasEnded() || Date.now() > deadline) {
      await server.stop();
      throw new Error(`PostgreSQL did not start:\n${await tail(log)}`);
    }
    await sleep(10);
  }
}

// Lines of postmaster.pid: number of the process first, its state eighth (miscadmin.h of PostgreSQL).
async function lines(files: string): Promise<string[]> {
  const text = await readFile(join(files, "postmaster.pid"), "utf8").catch(() => "");
  return text.split("\n").map((line) => line.trim());
}

async function isReady(files: string): Promise<boolean> {
  const [pid, , , , , , , state] = await lines(files);
  // The file may still be that of a killed predecessor.
  return state === "ready" && (await commandOf(Number(pid))).includes(files);
}

async function postmasterPid(files: string): Promise<number | undefined> {
  const pid = Number((await lines(files))[0]);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}
