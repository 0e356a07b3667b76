import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { readMigrations } from "@/supabase/local/migrate";

const target = fileURLToPath(new URL("../user-sync-schema.sql", import.meta.url));

const header = `-- Roster: the whole central schema in one file.
--
-- Generated from supabase/migrations/*.sql by \`npm run schema\`: edit those, never this file.
--
-- To use it, open your central Supabase project's SQL Editor, paste all of this into a new query and run
-- it, once, in a project that has no Roster tables yet. With the Supabase CLI, \`supabase db push\` does
-- the same from the migrations, and is the way to bring an existing project up to date.
`;

async function main(): Promise<void> {
  const parts = (await readMigrations()).map(({ file, sql }) => `-- ${file}\n\n${sql.trim()}\n`);
  const text = [header, ...parts].join("\n");
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
