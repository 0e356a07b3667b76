import { statfsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MEMORY = "/dev/shm";
/** Bytes that the databases of a whole test run stay well below. */
const ENOUGH = 6e9;

/**
 * A new folder for databases that only tests use: in memory where there is room. A test copies a database or two, which
 * takes 15 ms there and 200 ms on a disk. Whoever asks removes the folder.
 */
export async function scratchFolder(prefix: string): Promise<string> {
  return await mkdtemp(join(isInMemory() ? MEMORY : tmpdir(), prefix));
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
