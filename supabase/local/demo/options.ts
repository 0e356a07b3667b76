import { resolve } from "node:path";

export interface DemoOptions {
  /** Where all data is kept. */
  dataDir: string;
  /** Port of the dashboard; 0 means any that is free. */
  port: number;
  /** Registers no site and creates no sample user. */
  empty: boolean;
}

/** Reads the arguments and the environment of `npm run demo`. Throws with a sentence for the user. */
export function readOptions(args: string[], env: Record<string, string | undefined>): DemoOptions {
  const unknown = args.filter((arg) => arg !== "--empty");
  if (unknown.length > 0) {
    throw new Error(`Unknown option ${unknown.join(" ")}. There is one: npm run demo -- --empty`);
  }
  const port = Number(env.PORT || 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(
      `PORT is ${env.PORT}, which is no port. Give a number up to 65535; 0 means any free port.`,
    );
  }
  return { dataDir: resolve(env.ROSTER_DATA || ".roster"), port, empty: args.includes("--empty") };
}
