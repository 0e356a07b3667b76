import "@/supabase/local/demo/require-node";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { applySiteTable } from "@/supabase/local/database";
import { ensureBuild } from "@/supabase/local/demo/build";
import { startDashboard } from "@/supabase/local/demo/dashboard";
import { welcome } from "@/supabase/local/demo/message";
import { type DemoOptions, readOptions } from "@/supabase/local/demo/options";
import { ensureOwner } from "@/supabase/local/demo/owner";
import { rosterApi } from "@/supabase/local/demo/roster-api";
import { createSamples, followMovedSites } from "@/supabase/local/demo/sample";
import { openSecrets, type Secrets } from "@/supabase/local/demo/secrets";
import { writeJson } from "@/supabase/local/files";
import { lockDirectory } from "@/supabase/local/lock";
import { freePort, isFree } from "@/supabase/local/ports";
import { type Stack, startStack } from "@/supabase/local/stack";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const siteNames = ["hrms", "cms", "sales", "garage"];
const say = (message: string) => console.log(message);

/** There while all is up, and only then. */
const factsFile = (options: DemoOptions) => join(options.dataDir, "demo.json");

const withdraw = (options: DemoOptions) => rm(factsFile(options), { force: true });

/** Everything that was started, to be stopped in reverse. */
type Undo = (() => Promise<void>)[];

async function run(options: DemoOptions, undo: Undo, signal: AbortSignal): Promise<void> {
  await mkdir(options.dataDir, { recursive: true });
  undo.push(await lockDirectory(options.dataDir, "demo.lock"));
  // What a killed demo has left says that all is up.
  await withdraw(options);
  const port = await choosePort(options.port);
  const stack = await startStack({ dataDir: options.dataDir, sites: siteNames });
  undo.push(stack.stop);
  const secrets = await openSecrets(options.dataDir);
  await Promise.all(stack.sites.map((project) => applySiteTable(project.databaseUrl)));
  await ensureOwner(stack.central, secrets.kept);
  await secrets.save();
  await ensureBuild({ root, log: join(options.dataDir, "build.log"), signal, say });
  signal.throwIfAborted();
  await openDashboard(options, { port, stack, secrets, undo, signal });
}

interface Parts {
  port: number;
  stack: Stack;
  secrets: Secrets;
  undo: Undo;
  signal: AbortSignal;
}

async function openDashboard(
  options: DemoOptions,
  { port, stack, secrets, undo, signal }: Parts,
): Promise<void> {
  const dashboardUrl = `http://127.0.0.1:${port}`;
  const { admin, apiKey, sealingKeys } = secrets.kept;
  const {
    central: { name: _, ...central },
    sites,
  } = stack;
  let ready = false;
  const announce = async () => {
    if (ready) await writeJson(factsFile(options), { dashboardUrl, admin, apiKey, central, sites });
  };
  const stop = await startDashboard({
    root,
    log: join(options.dataDir, "dashboard.log"),
    port,
    central: stack.central,
    sealingKeys,
    signal,
    onUp: async () => {
      if (ready) say("The dashboard is running again.");
      await announce();
    },
    onDown: async (how) => {
      await withdraw(options);
      say(`The dashboard has ended (${how}). Starting it again…`);
    },
  });
  undo.push(stop, () => withdraw(options));
  signal.throwIfAborted();
  await fill(options, dashboardUrl, stack, secrets);
  ready = true;
  await announce();
  say(welcome({ dashboardUrl, dataDir: options.dataDir, admin, stack, empty: options.empty }));
}

async function fill(
  options: DemoOptions,
  dashboardUrl: string,
  stack: Stack,
  secrets: Secrets,
): Promise<void> {
  const { kept, save } = secrets;
  const api = rosterApi(dashboardUrl, kept.apiKey);
  await followMovedSites(api, stack.sites, kept.siteUrls);
  if (!options.empty && !kept.sampled) {
    say("Connecting four sites and creating sample users…");
    await createSamples(api, stack.sites);
    kept.sampled = true;
  }
  await save();
}

async function choosePort(wanted: number): Promise<number> {
  if (wanted === 0) return await freePort();
  if (await isFree(wanted)) return wanted;
  throw new Error(
    `Port ${wanted} is taken. Stop what uses it, or choose another one: PORT=3001 npm run demo`,
  );
}

async function main(): Promise<void> {
  const undo: Undo = [];
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    // npm passes on a Ctrl-C that the terminal has sent to everybody: a second signal means nothing.
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(name, () => {
        if (!stopping.signal.aborted) say("Stopping…");
        stopping.abort();
        resolve();
      });
    }
  });
  // What nobody waits for must not end what runs: PostgreSQL's client throws from a timer when its
  // connection breaks at a bad moment.
  process.on("uncaughtException", (error) => console.error(error));
  // Whoever read the output may leave before the demo does.
  process.stdout.on("error", () => undefined);
  try {
    const options = readOptions(process.argv.slice(2), process.env);
    await run(options, undo, stopping.signal);
    await stopped;
  } catch (error) {
    if (!stopping.signal.aborted) {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    }
  }
  for (const step of undo.reverse()) await step().catch(console.error);
  process.exit();
}

await main();
