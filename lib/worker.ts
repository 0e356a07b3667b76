import { type Env, EnvError, env } from "@/lib/env";
import { processLog } from "@/lib/log";
import { sharedOutgoing } from "@/lib/outgoing";
import { createSealer, credentialsPlace } from "@/lib/secrets/sealer";
import { startWorker, type Worker } from "@/lib/sync";

/** Starts a worker with this process's settings: the one place where the product and its engine meet. */
export function startConfiguredWorker(settings: Env): Worker {
  const sealer = createSealer(settings.sealingKeys);
  return startWorker({
    supabaseUrl: settings.supabaseUrl,
    secretKey: settings.supabaseSecretKey,
    openCredentials: (site, sealed) => sealer.open(sealed, credentialsPlace(site)),
    outgoing: sharedOutgoing(settings.allowPrivateSites),
    log: processLog(),
  });
}

/** Reads the settings, or says what is wrong with them and ends the process. */
export function settingsOrExit(): Env {
  try {
    return env();
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** Calls `stop` on SIGTERM or SIGINT and then ends the process with 0, also when stopping fails. */
export function stopOnSignal(stop: () => Promise<void>): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      processLog().info({ signal }, "stopping");
      void stop().finally(() => process.exit(0));
    });
  }
}
