import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

export interface RunningProcess {
  pid: number;
  parent: number;
  command: string;
}

/** The processes that a process has started, and those that they have started, and so on. */
export async function descendantsOf(pid: number): Promise<RunningProcess[]> {
  const all = await allProcesses();
  const below = (parent: number): RunningProcess[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)]);
  return below(pid);
}

/** Which of these processes still run. */
export async function stillRunning(processes: RunningProcess[]): Promise<RunningProcess[]> {
  const all = await allProcesses();
  return all.filter(({ pid, command }) =>
    processes.some((one) => one.pid === pid && one.command === command),
  );
}

async function allProcesses(): Promise<RunningProcess[]> {
  if (process.platform !== "linux") return await processesOfPs();
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((name) => processOfProc(Number(name))));
  return found.filter((one) => one !== null);
}

// Not every Linux has ps.
async function processOfProc(pid: number): Promise<RunningProcess | null> {
  try {
    const [stat, command] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile(`/proc/${pid}/cmdline`, "utf8"),
    ]);
    // The name in brackets may hold anything; state and parent follow it: proc(5).
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z") return null; // it has ended, and nobody has asked how
    return { pid, parent: Number(parent), command: command.replaceAll("\0", " ").trim() };
  } catch {
    return null; // it has ended meanwhile
  }
}

async function processesOfPs(): Promise<RunningProcess[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axo", "pid=,ppid=,command="]);
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined
      ? []
      : [{ pid: Number(pid), parent: Number(parent), command: command.trim() }];
  });
}
