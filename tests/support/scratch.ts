import { statfsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MEMORY = "/dev/shm";
/** Bytes that the databases of a whole test run stay well below. */
const ENOUGH = 6e9;

/**
 * A new folder for databases that only tests use: in memory where there is room. A test copies a database or two, which
 * takes 15 ms there and 200 ms on a disk. Whoever asks removes the folder; what a killed process left is removed here,
 * since it would fill the memory.
 */
export async function scratchFolder(prefix: string): Promise<string> {
  const parent = isInMemory() ? MEMORY : tmpdir();
  for (const name of await readdir(parent)) {
    const [, owner] = name.startsWith(prefix) ? (/^(\d+)-/.exec(name.slice(prefix.length)) ?? []) : [];
    if (owner && !isAlive(Number(owner))) await rm(join(parent, name), { recursive: true, force: true });
  }
  return await mkdtemp(join(parent, `${prefix}${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // somebody else's
  }
}

/** Whether scratch folders are in memory, where copying a database's files beats writing its pages to the log. */
export function isInMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > ENOUGH;
  } catch {
    return false; // not Linux
  }
}
