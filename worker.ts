// `npm run worker`: a worker of its own, for more machines or when the server runs with ROSTER_WORKER=off.
import { processLog } from "@/lib/log";
import { settingsOrExit, startConfiguredWorker, stopOnSignal } from "@/lib/worker";

const worker = startConfiguredWorker(settingsOrExit());
processLog().info({}, "worker started");
stopOnSignal(() => worker.stop());
