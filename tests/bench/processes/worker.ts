// A worker of the product in a process of its own, with what the server that it usually lives in would tell it: wake.

import { createOutgoing } from "@/lib/outgoing";
import { createSealer, credentialsPlace } from "@/lib/secrets/sealer";
import { startWorker, type Worker } from "@/lib/sync";
import { serveParent } from "@/tests/bench/processes/calls";
import { sealingKey } from "@/tests/bench/sealing";

let worker: Worker | undefined;

const handlers = {
  start: ({ url, key }: { url: string; key: string }) => {
    const sealer = createSealer([sealingKey]);
    worker = startWorker({
      supabaseUrl: url,
      secretKey: key,
      openCredentials: (site, sealed) => sealer.open(sealed, credentialsPlace(site)),
      outgoing: createOutgoing(["127.0.0.0/8"]),
      log: {
        info: () => undefined,
        warn: (fields, message) => console.error(message, fields),
        error: (fields, message) => console.error(message, fields),
      },
    });
  },
  wake: () => worker?.wake(),
  stop: async () => {
    await worker?.stop();
  },
  usage: () => ({ cpu: process.cpuUsage(), memory: process.memoryUsage() }),
};
export type WorkerProcess = typeof handlers;

serveParent(handlers);
