import { type Env, EnvError, env } from "@/lib/env";
import { processLog } from "@/lib/log";
import { createSealer, SUPABASE_KEY_FIELD } from "@/lib/secrets/sealer";
import { startWorker } from "@/lib/sync";
import { onWake } from "@/lib/wake";

const WORKER = Symbol.for("roster.worker");
type Worker = ReturnType<typeof startWorker>;
type Global = typeof globalThis & { [WORKER]?: Worker };

/** Starts the worker in this process and sees to a clean end; ends the process when settings are missing. */
export function startServer(): void {
  const settings = readSettings();
  if (settings.worker) startInProcess(settings);
  // Next ends at once on a signal unless told to leave that to us.
  if (!process.env.NEXT_MANUAL_SIG_HANDLE) return;
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stopServer(signal));
}

// A throw from here would leave a server that answers 500 to everything; a process that ends is noticed.
function readSettings(): Env {
  try {
    return env();
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

function startInProcess(settings: Env): void {
  const sealer = createSealer(settings.sealingKeys);
  const worker = startWorker({
    supabaseUrl: settings.supabaseUrl,
    secretKey: settings.supabaseSecretKey,
    openCredentials: ({ id, credentials }) =>
      sealer.open(credentials, { siteId: id, field: SUPABASE_KEY_FIELD }),
    log: processLog(),
  });
  (globalThis as Global)[WORKER] = worker;
  onWake(() => worker.wake());
}

async function stopServer(signal: string): Promise<void> {
  processLog().info({ signal }, "stopping");
  onWake(undefined);
  try {
    await (globalThis as Global)[WORKER]?.stop();
  } finally {
    process.exit(0);
  }
}
