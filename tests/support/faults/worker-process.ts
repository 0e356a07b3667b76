// A worker in a process of its own, so that it can be killed and frozen: started by worker-child.ts, with its settings
// in ROSTER_TEST_WORKER. Says on standard output what the test waits for.
import { writeSync } from "node:fs";
import { z } from "zod";
import { crash, withCrash } from "@/tests/support/faults/crash-points";
import { startTestEngine } from "@/tests/support/faults/engine";

const workerSettings = z.object({
  url: z.string(),
  secretKey: z.string(),
  name: z.string(),
  leaseSeconds: z.number(),
  pollMs: z.number(),
  siteTimeoutMs: z.number(),
  crash: crash.optional(),
});

// Standard output is a pipe, and a process that is stopped right after this cannot flush anything later.
const say = (word: string) => writeSync(1, `${word}\n`);

const { crash: planned, ...settings } = workerSettings.parse(
  JSON.parse(process.env.ROSTER_TEST_WORKER ?? "{}"),
);
const engine = startTestEngine(settings, (ports) =>
  planned ? withCrash(ports, planned, () => say("point")) : ports,
);
process.once("SIGTERM", () => void engine.stop().then(() => process.exit(0)));
// Closed when the test's process is gone, however it went.
process.stdin.resume().once("close", () => process.exit(0));
say("ready");
