import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { readMigrations } from "@/supabase/local/migrate";
import { oneFile } from "@/supabase/local/one-file";

const target = fileURLToPath(new URL("../user-sync-schema.sql", import.meta.url));

async function main(): Promise<void> {
  const text = oneFile(await readMigrations());
  const current = await readFile(target, "utf8").catch(() => "");
  if (current === text) return;
  if (!process.argv.includes("--check")) {
    await writeFile(target, text);
    return;
  }
  console.error(
    "supabase/user-sync-schema.sql is not what supabase/migrations says. Run `npm run schema` and commit it.",
  );
  process.exitCode = 1;
}

await main();
