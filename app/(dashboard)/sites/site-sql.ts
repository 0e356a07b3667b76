import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The SQL that prepares a site's database, for the pages that offer it. */
export function readSiteSql(): Promise<string> {
  return readFile(join(process.cwd(), "supabase", "site", "user_profiles.sql"), "utf8");
}
