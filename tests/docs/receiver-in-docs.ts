import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "../..");

/** The receiver of docs/receiving-users.md, as written there. */
export interface ReceiverInDocs {
  sql: string;
  /** Checks its types as strictly as this project's; throws with what is wrong. */
  checkTypes(): Promise<void>;
  /** Loads it; the environment must be set. */
  load(): Promise<(request: Request) => Promise<Response>>;
  clean(): Promise<void>;
}

/** Takes the SQL and the TypeScript out of the Markdown. */
export async function readReceiver(): Promise<ReceiverInDocs> {
  const markdown = await readFile(join(root, "docs/receiving-users.md"), "utf8");
  const code = onlyBlock(markdown, "ts");
  // Within node_modules, so that its imports are found as in a project that installed them.
  const folder = join(root, "node_modules/.cache", `receiver-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  return {
    sql: onlyBlock(markdown, "sql"),
    checkTypes: async () => {
      const file = join(folder, "route.ts");
      await writeFile(file, code);
      await checkTypes(file);
    },
    load: async () => {
      const file = join(folder, "route.mjs");
      await writeFile(file, stripTypeScriptTypes(code));
      return (await import(/* @vite-ignore */ file)).POST;
    },
    clean: () => rm(folder, { recursive: true }),
  };
}

function onlyBlock(markdown: string, language: string): string {
  const blocks = [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))];
  const [block] = blocks;
  if (blocks.length !== 1 || !block?.[1]) throw new Error(`There should be one block of ${language}`);
  return block[1];
}

async function checkTypes(file: string): Promise<void> {
  const options = "--noEmit --strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes --skipLibCheck";
  const target = "--target es2023 --lib es2023,dom,dom.iterable --module esnext --moduleResolution bundler";
  const all = `${options} ${target} --types node --ignoreConfig`.split(" ");
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, ...all, file], { cwd: root }).catch((error: unknown) => {
    const said = error instanceof Error && "stdout" in error ? String(error.stdout) : String(error);
    throw new Error(`The receiver in the documentation has type errors:\n${said}`);
  });
}
