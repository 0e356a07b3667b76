import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { nextProgram } from "@/supabase/local/demo/build";
import { freePort } from "@/supabase/local/ports";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** A process of the product and everything that it has said. */
export interface RunningServer {
  url: string;
  log(): string;
  stop(): Promise<void>;
}

/** Starts the production build, with its worker, at the most talkative log level. */
export async function startServer(env: Record<string, string>): Promise<RunningServer> {
  const port = await freePort();
  const child = run([nextProgram, "start", "-H", "127.0.0.1", "-p", String(port)], env);
  const log = collect(child);
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + 60_000; !(await answers(url)); await pause(100)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`It did not start:\n${log()}`);
  }
  return {
    url,
    log,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Runs one of the product's scripts to its end; answers what it has said. */
export async function runScript(file: string, env: Record<string, string>): Promise<string> {
  const child = run(["--import", "tsx", file], env);
  const log = collect(child);
  await once(child, "exit");
  return log();
}

function run(args: string[], env: Record<string, string>): ChildProcess {
  const basics = { ROSTER_LOG_LEVEL: "trace", NEXT_TELEMETRY_DISABLED: "1", NEXT_MANUAL_SIG_HANDLE: "true" };
  return spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: process.env.PATH, NODE_ENV: "production", ...basics, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function collect(child: ChildProcess): () => string {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return () => output;
}

// Any answer will do: a server that cannot reach its centre has started too.
async function answers(url: string): Promise<boolean> {
  return await fetch(`${url}/api/health`).then(
    async (response) => response.body?.cancel().then(() => true) ?? true,
    () => false,
  );
}
