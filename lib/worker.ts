import { hostname } from "node:os";
import { startWatch, type WatchOptions } from "@/lib/alerts/watch";
import { connectCentre } from "@/lib/centre";
import { type Env, EnvError, env } from "@/lib/env";
import { processLog } from "@/lib/log";
import { sharedOutgoing } from "@/lib/outgoing";
import { createSealer, credentialsPlace } from "@/lib/secrets/sealer";
import { startWorker, type Worker } from "@/lib/sync";
import { checkPerson } from "@/lib/take-over/check-person";

/** Starts a worker with this process's settings: the one place where the product and its engine meet. */
export function startConfiguredWorker(settings: Env): Worker {
  const sealer = createSealer(settings.sealingKeys);
  return startWorker({
    supabaseUrl: settings.supabaseUrl,
    secretKey: settings.supabaseSecretKey,
    openCredentials: (site, sealed) => sealer.open(sealed, credentialsPlace(site)),
    checkPerson,
    outgoing: sharedOutgoing(settings.allowPrivateSites),
    log: processLog(),
  });
}

/** A worker that was not seen for so long is not called alive: three looks. */
const ALIVE_SECONDS = 30;

/** Starts looking after alerts in this process, beside its worker if it has one. */
export function startConfiguredWatch(settings: Env, worker: Worker | undefined): { stop(): void } {
  return startWatch(watchOptions(settings, worker, ALIVE_SECONDS));
}

/** What looking after alerts needs. */
export function watchOptions(settings: Env, worker: Worker | undefined, aliveSeconds: number): WatchOptions {
  return {
    centre: connectCentre(settings),
    sealer: createSealer(settings.sealingKeys),
    outgoing: sharedOutgoing(settings.allowPrivateSites),
    log: processLog(),
    origin: settings.publicUrl,
    worker: worker && {
      name: `${hostname()}/${process.pid}`,
      lastTickAt: () => worker.lastTickAt(),
      aliveSeconds,
    },
  };
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
