import { type Logger, pino } from "pino";
import { env } from "@/lib/env";
import { scrub } from "@/lib/secrets/scrub";

let logger: Logger | undefined;

/** The log of this process: one JSON line per entry on standard output, without secrets. */
export function processLog(): Logger {
  logger ??= pino({ name: "roster", level: level(), hooks: { streamWrite: scrub } });
  return logger;
}

// Settings that cannot be read are themselves worth a line in the log.
function level(): string {
  try {
    return env().logLevel;
  } catch {
    return "info";
  }
}
