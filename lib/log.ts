import { type Logger, pino } from "pino";
import { env } from "@/lib/env";

let logger: Logger | undefined;

/** The log of this process: one JSON line per entry on standard output. */
export function processLog(): Logger {
  logger ??= pino({ name: "roster", level: level() });
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
