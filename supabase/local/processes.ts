import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The command line of a process of this machine, or an empty string when there is no such process. */
export async function commandOf(pid: number): Promise<string> {
  if (process.platform === "linux") {
    return (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ");
  }
  return await ps(pid, "command=");
}

/**
 * What tells a process from a later one of the same number, such as the time it started;
 * undefined when there is no such process.
 */
export async function identityOf(pid: number): Promise<string | undefined> {
  if (process.platform !== "linux") return (await ps(pid, "lstart=")) || undefined;
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (line === undefined) return undefined;
  const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  // The second field may hold spaces and brackets; of what follows it, the start time is the 20th (proc(5)).
  const started = line.slice(line.lastIndexOf(")") + 2).split(" ")[19];
  return `${boot}:${started}`;
}

async function ps(pid: number, column: string): Promise<string> {
  const { stdout } = await run("ps", ["-p", String(pid), "-o", column]).catch(() => ({ stdout: "" }));
  return stdout.trim();
}
