import { rm } from "node:fs/promises";
import { nextProgram } from "@/supabase/local/demo/build";
import { supervise } from "@/supabase/local/demo/supervise";
import { startKept, tail } from "@/supabase/local/kept-process";
import type { Project } from "@/supabase/local/stack";

export interface DashboardOptions {
  root: string;
  log: string;
  port: number;
  central: Project;
  sealingKeys: string;
  onUp(): Promise<void>;
  onDown(how: string): Promise<void>;
  /** Aborting it gives up on the start. */
  signal: AbortSignal;
}

/**
 * Runs the production build on 127.0.0.1 and keeps it running.
 * @returns once it answers, how to stop it
 * @throws when it does not come up, with the end of its output
 */
export async function startDashboard(options: DashboardOptions): Promise<() => Promise<void>> {
  const { root, log, port } = options;
  await rm(log, { force: true });
  const start = () =>
    startKept({
      command: [process.execPath, nextProgram, "start", "-H", "127.0.0.1", "-p", String(port)],
      signals: ["TERM", "KILL"],
      env: { ...process.env, ...environment(options) },
      cwd: root,
      log,
    });
  const { onUp, onDown, signal } = options;
  const isUp = () => isHealthy(`http://127.0.0.1:${port}`);
  try {
    return await supervise({
      start,
      isUp,
      onUp,
      onDown,
      signal,
      startMilliseconds: 60_000,
      pauseMilliseconds: 1_000,
    });
  } catch (cause) {
    const how = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The dashboard did not start (${how}). Its last output:\n${await tail(log, 40)}`, {
      cause,
    });
  }
}

function environment({ central, sealingKeys }: DashboardOptions): Record<string, string> {
  return {
    SUPABASE_URL: central.url,
    SUPABASE_SECRET_KEY: central.secretKey,
    SUPABASE_PUBLISHABLE_KEY: central.publishableKey,
    ROSTER_SECRET_KEYS: sealingKeys,
    // The demo's sites are on loopback, where a server on the internet must never send anything.
    ROSTER_ALLOW_PRIVATE_SITES: "127.0.0.0/8,::1/128",
    NEXT_MANUAL_SIG_HANDLE: "true",
    NEXT_TELEMETRY_DISABLED: "1",
    NO_COLOR: "1",
  };
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}
