import { mkdir, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { extract } from "tar";

/**
 * Unpacks the SQL of pgmq from its npm package into `directory`, unless it is there already.
 * @returns the directory to name in `extension_control_path` (it has a folder `extension`)
 */
export async function unpackPgmq(directory: string): Promise<string> {
  const sql = join(directory, "share", "postgresql");
  if (await stat(sql).catch(() => undefined)) return sql;
  const unfinished = `${directory}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const entry = createRequire(import.meta.url).resolve("@electric-sql/pglite-pgmq");
  await extract({ file: join(dirname(entry), "pgmq.tar.gz"), cwd: unfinished });
  await rm(directory, { recursive: true, force: true });
  await rename(unfinished, directory);
  return sql;
}
