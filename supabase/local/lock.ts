import { link, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "@/supabase/local/files";
import { identityOf } from "@/supabase/local/processes";

/** A living process has the directory. */
export class DirectoryInUse extends Error {}

/**
 * Takes a data directory for this process; the answer gives it back. A process that was killed has not
 * given it back, and does not count. Locks of different names do not know of each other.
 * @throws DirectoryInUse when a living process has the directory
 */
export async function lockDirectory(directory: string, name = "lock"): Promise<() => Promise<void>> {
  const path = join(directory, name);
  const own = `${process.pid} ${await identityOf(process.pid)}`;
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, own);
  try {
    while (!(await linked(unfinished, path))) {
      const holder = await readFile(path, "utf8").catch(() => "");
      const [pid = "", ...identity] = holder.split(" ");
      if (holder && (await identityOf(Number(pid))) === identity.join(" ")) {
        throw new DirectoryInUse(
          `${directory} is in use by process ${pid}. Stop that first, or name another directory.`,
        );
      }
      await unlink(path).catch(() => undefined);
    }
  } finally {
    await unlink(unfinished);
  }
  return () => unlink(path);
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}
