import { spawn } from "node:child_process";
import { mkdir, rm, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { give, type ServerUser, spawnIds } from "@/supabase/local/server-user";

interface Cluster {
  /** Directory to make. */
  files: string;
  /** Path of the program. */
  initdb: string;
  user: ServerUser;
  /** Of the superuser `postgres`. */
  password: string;
}

/** Makes the files of a new PostgreSQL cluster, unless they are there. */
export async function initialise({ files, initdb, user, password }: Cluster): Promise<void> {
  const marker = join(files, "roster_initialised");
  if (await exists(marker)) return;
  // No marker: an earlier initdb was cut short, and what it left is of no use to anybody.
  await rm(files, { recursive: true, force: true });
  await mkdir(files, { mode: 0o700 });
  await give(user, files);
  const passwordFile = `${files}.password`;
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await give(user, passwordFile);
  try {
    await run(user, [initdb, `--pgdata=${files}`, `--pwfile=${passwordFile}`, ...fixedOptions]);
  } finally {
    await unlink(passwordFile);
  }
  await writeFile(marker, "");
}

const fixedOptions = [
  "--username=postgres",
  "--auth=scram-sha-256",
  "--encoding=UTF8",
  // Sorts and folds case the same on every machine, whatever locales are installed.
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  "--locale=C",
  "--no-sync",
  "--no-instructions",
];

async function run(user: ServerUser, command: string[]): Promise<void> {
  const [file = "", ...args] = [...user.prefix, ...command];
  const child = spawn(file, args, {
    ...spawnIds(user),
    cwd: "/",
    env: { PATH: process.env.PATH, LC_ALL: "C", NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaints += chunk;
  });
  await new Promise<void>((done, fail) => {
    child.once("error", (cause) => fail(new Error(`Could not run ${file}`, { cause })));
    child.once("close", (code) =>
      code === 0 ? done() : fail(new Error(`${command[0]} failed: ${complaints.trim()}`)),
    );
  });
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
