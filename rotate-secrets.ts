// `npm run secrets:rotate`: seals every site's credentials with the first key of ROSTER_SECRET_KEYS while the system
// works. With `-- --check` it only looks. Ends with 0 when every secret could be opened and none is left behind.
import { parseArgs } from "node:util";
import { connectCentre } from "@/lib/centre";
import { AppError } from "@/lib/errors";
import { rotateSecrets } from "@/lib/secrets/rotation";
import { describeRotation } from "@/lib/secrets/rotation-report";
import { createSealer } from "@/lib/secrets/sealer";
import { listSealingKeys } from "@/lib/secrets/service";
import { settingsOrExit } from "@/lib/worker";

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(check: boolean): Promise<number> {
  const settings = settingsOrExit();
  const centre = connectCentre(settings);
  const sealer = createSealer(settings.sealingKeys);
  const stopping = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopping.abort());
  const rotation = await rotateSecrets({
    centre,
    sealer,
    write: !check,
    onProgress: (sites, resealed) => say(`${sites} sites looked at, ${resealed} secrets sealed again`),
    signal: stopping.signal,
  });
  const { keys } = await listSealingKeys({ centre, sealer });
  if (stopping.signal.aborted) say("Interrupted. What is done stays done; run it again for the rest.");
  for (const line of describeRotation(rotation, keys)) say(line);
  const left = check ? 0 : rotation.outdated;
  return stopping.signal.aborted || left > 0 || rotation.unreadable.length > 0 ? 1 : 0;
}

function readOptions(): { check: boolean } {
  try {
    return parseArgs({ options: { check: { type: "boolean", default: false } } }).values;
  } catch {
    process.stderr.write("Usage: npm run secrets:rotate [-- --check]\n");
    process.exit(1);
  }
}

const { check } = readOptions();
try {
  process.exitCode = await main(check);
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  process.stderr.write(`${error.message}\nWhat is done stays done; run it again for the rest.\n`);
  process.exitCode = 1;
}
