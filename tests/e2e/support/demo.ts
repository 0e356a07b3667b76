import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { descendantsOf, stillRunning } from "@/tests/e2e/support/processes";
import { scratchFolder } from "@/tests/support/scratch";

const project = z.object({
  url: z.string(),
  secretKey: z.string(),
  publishableKey: z.string(),
  databaseUrl: z.string(),
});
const siteProject = project.extend({ name: z.string() });
const facts = z.object({
  dashboardUrl: z.string(),
  admin: z.object({ email: z.string(), password: z.string() }),
  apiKey: z.string(),
  central: project,
  sites: z.array(siteProject),
});

/** What `demo.json` says. */
export type DemoFacts = z.infer<typeof facts>;
type SiteProject = z.infer<typeof siteProject>;

/** A running `npm run demo`. */
export interface Demo {
  facts: DemoFacts;
  /** Where it keeps everything. */
  dataDir: string;
  /** The project of a site. @throws for a name that is none of the four */
  site(name: string): SiteProject;
  /** The process that serves the dashboard now. */
  dashboardPid(): Promise<number>;
  /** What the dashboard has printed since the demo was started. */
  dashboardLog(): Promise<string>;
  /** Asks it to stop, as Ctrl-C does. @throws when that does not end cleanly, or leaves something running */
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL("../../..", import.meta.url));
const startMilliseconds = 230_000; // the first start builds the dashboard, on a machine that may be busy
const stopMilliseconds = 20_000;
const dashboardTitle = /^next-server /;

/** Starts `npm run demo` on data of its own and any free port; resolves when `demo.json` is there. */
export async function startDemo(options: { empty: boolean }): Promise<Demo> {
  const dataDir = await scratchFolder("roster-e2e-");
  const child = spawn("npm", ["run", "demo", ...(options.empty ? ["--", "--empty"] : [])], {
    cwd: root,
    env: { ...process.env, PORT: "0", ROSTER_DATA: dataDir },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = collect(child);
  const end = async () => {
    try {
      await stopProcess(child, output);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  };
  try {
    const known = await readFacts(child, join(dataDir, "demo.json"), output);
    return {
      facts: known,
      dataDir,
      site: (name) => found(known.sites, (site) => site.name === name, `site ${name}`),
      dashboardPid: async () =>
        found(await tree(child), ({ command }) => dashboardTitle.test(command), "dashboard").pid,
      dashboardLog: () => readFile(join(dataDir, "dashboard.log"), "utf8"),
      stop: end,
    };
  } catch (error) {
    await end().catch(() => undefined);
    throw error;
  }
}

function collect(child: ChildProcess): () => string {
  const parts: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => parts.push(text));
  }
  return () => parts.join("");
}

async function readFacts(child: ChildProcess, path: string, output: () => string): Promise<DemoFacts> {
  const deadline = Date.now() + startMilliseconds;
  while (child.exitCode === null && Date.now() < deadline) {
    // It is written in one go, so what can be read is whole.
    const text = await readFile(path, "utf8").catch(() => null);
    if (text !== null) return facts.parse(JSON.parse(text));
    await pause(50);
  }
  throw new Error(`The demo did not come up:\n${output()}`);
}

async function stopProcess(child: ChildProcess, output: () => string): Promise<void> {
  if (child.exitCode !== null) throw new Error(`The demo ended by itself:\n${output()}`);
  const processes = await tree(child);
  const ended = once(child, "exit", { signal: AbortSignal.timeout(stopMilliseconds) });
  child.kill("SIGTERM");
  const [code, signal] = await ended.catch(() => {
    child.kill("SIGKILL");
    throw new Error(`The demo did not stop within ${stopMilliseconds / 1000} s:\n${output()}`);
  });
  if (code !== 0) throw new Error(`The demo ended with ${code ?? signal} instead of 0:\n${output()}`);
  const left = await stillRunning(processes);
  if (left.length > 0) {
    throw new Error(`The demo left running: ${left.map(({ command }) => command).join(", ")}`);
  }
}

async function tree(child: ChildProcess) {
  return child.pid === undefined ? [] : await descendantsOf(child.pid);
}

function found<T>(list: T[], fits: (item: T) => boolean, what: string): T {
  const item = list.find(fits);
  if (item === undefined) throw new Error(`There is no ${what}`);
  return item;
}
