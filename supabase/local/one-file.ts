import type { Migration } from "@/supabase/local/migrate";

const HEADER = `-- Roster: the whole central schema in one file. Functions stand as they are now; of one that was dropped and made
-- anew, as of a view that is there several times, the last text counts.
--
-- Generated from supabase/migrations/*.sql by \`npm run schema\`: edit those, never this file.
--
-- To use it, open your central Supabase project's SQL Editor, paste all of this into a new query and run
-- it, once, in a project that has no Roster tables yet. With the Supabase CLI, \`supabase db push\` does
-- the same from the migrations, and is the way to bring an existing project up to date.

-- A function stands where it was first made, which may be before what it uses.
set check_function_bodies = off;
`;

const FOOTER = "reset check_function_bodies;\n";

/** A function with the comments above it, or a statement that drops, alters or calls one. */
const FUNCTION =
  /^(?:--.*\n)*create (?:or replace )?function (\S+?)\([\s\S]*?\$\$[\s\S]*?\$\$;\n|^(?:drop function|alter function|select) (public\.\w+)\(.*\n/gm;

const MAKING = /^create (?:or replace )?function/m;

/** What the SQL Editor of Supabase runs at once, in bytes (0.98 MB in the Studio's execute-sql-query). */
export const SQL_EDITOR_BYTES = 980_000;

/**
 * All migrations as one text for the SQL Editor. Of a function that later migrations replaced, only the last text is
 * kept, where the first one was; dropped, altered or called meanwhile, it counts as another one from then on.
 */
export function oneFile(migrations: readonly Migration[]): string {
  const parts = migrations.map(({ file, sql }) => `-- ${file}\n\n${sql.trim()}\n`);
  return [HEADER, newestFunctions(parts.join("\n")), FOOTER].join("\n").replaceAll(/\n{3,}/g, "\n\n");
}

function newestFunctions(text: string): string {
  const lives = new Map<string, string[]>();
  eachFunction(text, (life, statement) => {
    lives.set(life, [...(lives.get(life) ?? []), statement]);
    return statement;
  });
  return eachFunction(text, (life) => {
    const [first, ...later] = lives.get(life) ?? [];
    lives.delete(life);
    if (!first) return "";
    const making = MAKING.exec(first)?.[0] ?? "";
    return later.at(-1)?.replace(MAKING, making) ?? first;
  });
}

/** Replaces each making of a function; its life is named by it and by how often it was dropped, altered or called before. */
function eachFunction(text: string, replaced: (life: string, statement: string) => string): string {
  const touches = new Map<string, number>();
  return text.replace(FUNCTION, (statement: string, made?: string, touched?: string) => {
    const name = made ?? touched ?? "";
    const before = touches.get(name) ?? 0;
    if (made) return replaced(`${name} ${before}`, statement);
    touches.set(name, before + 1);
    return statement;
  });
}
