// `npm run worker`: a worker of its own, for more machines or when the server runs with ROSTER_WORKER=off.
import { processLog } from "@/lib/log";
import { settingsOrExit, startConfiguredWatch, startConfiguredWorker, stopOnSignal } from "@/lib/worker";

const settings = settingsOrExit();
const worker = startConfiguredWorker(settings);
startConfiguredWatch(settings, worker);
processLog().info({}, "worker started");
stopOnSignal(() => worker.stop());
