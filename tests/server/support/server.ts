import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ensureBuild, nextProgram } from "@/supabase/local/demo/build";
import { startKept, tail } from "@/supabase/local/kept-process";
import { freePort } from "@/supabase/local/ports";

export const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");

/** What schedulers show to the servers that are started here. */
export const DRAIN_SECRET = "a-scheduler-secret-of-enough-characters";

export interface ServerOptions {
  central: { url: string; secretKey: string };
  /** Serves a copy of the build from which the proxy has been deleted. */
  withoutProxy?: boolean;
}

export interface Server {
  port: number;
  stop(): Promise<void>;
}

/** On a machine that is busy with other tests. */
export const BUILD_MS = 240_000;
const START_MS = 60_000;

/** Makes the production build, unless there is one of exactly these sources; browser tests take the same. */
export async function build(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "roster-build-"));
  const signal = AbortSignal.timeout(BUILD_MS);
  await ensureBuild({ root, log: join(directory, "build.log"), signal, say: () => undefined });
  await rm(directory, { recursive: true, force: true });
}

/** `next start` on the present build and a central project, without a worker, with the settings of the tests. */
export async function startServer({ central, withoutProxy = false }: ServerOptions): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), "roster-server-"));
  const project = withoutProxy ? await copyWithoutProxy(directory) : root;
  const port = await freePort();
  const log = join(directory, "server.log");
  const kept = await startKept({
    command: [process.execPath, nextProgram, "start", "-H", "127.0.0.1", "-p", String(port)],
    signals: ["TERM", "KILL"],
    env: {
      ...process.env,
      SUPABASE_URL: central.url,
      SUPABASE_SECRET_KEY: central.secretKey,
      ROSTER_DRAIN_SECRET: DRAIN_SECRET,
      ROSTER_WORKER: "off",
      NEXT_MANUAL_SIG_HANDLE: "true",
      NEXT_TELEMETRY_DISABLED: "1",
    },
    cwd: project,
    log,
  });
  const stop = async () => {
    await kept.stop();
    await rm(directory, { recursive: true, force: true });
  };
  for (const deadline = Date.now() + START_MS; !(await isUp(port)); await pause(100)) {
    if (!kept.hasEnded() && Date.now() < deadline) continue;
    const output = await tail(log, 40);
    await stop();
    throw new Error(`The server did not come up:\n${output}`);
  }
  return { port, stop };
}

async function isUp(port: number): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${port}/api/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}

const MANIFEST = "functions-config-manifest.json";

/** Whether a build has a proxy: Next names it so in its list of functions. */
async function hasProxy(project: string): Promise<boolean> {
  return (await readFile(join(project, ".next", "server", MANIFEST), "utf8")).includes("/_middleware");
}

/**
 * The project with a build that has no proxy. It is the same build, less the proxy's code and its entry in Next's
 * lists: another build would take a minute and differ in nothing else.
 */
async function copyWithoutProxy(directory: string): Promise<string> {
  const project = join(directory, "project");
  const built = join(project, ".next");
  await cp(join(root, ".next"), built, {
    recursive: true,
    filter: (path) => !/\.next\/(cache|dev|types)$/.test(path),
  });
  for (const name of await readdir(root)) {
    if (!/^(\.next|\.git|test-results|proxy\.ts)$/.test(name))
      await symlink(join(root, name), join(project, name));
  }
  await rm(join(built, "server", "middleware.js"), { force: true });
  await writeFile(join(built, "server", MANIFEST), JSON.stringify({ version: 1, functions: {} }));
  const none = { version: 3, middleware: {}, sortedMiddleware: [], functions: {} };
  await writeFile(join(built, "server", "middleware-manifest.json"), JSON.stringify(none));
  if (await hasProxy(project)) throw new Error("The proxy is still in the build");
  return project;
}
