import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { libraryPath, unpackChromium } from "@/tests/e2e/support/unpack-chromium";

export interface Browser {
  /** Undefined stands for the browser that `npx playwright install chromium` brings. */
  executablePath?: string;
  /** The environment it needs, when that is not simply this process's. */
  env?: Record<string, string>;
  /** Brings it where `executablePath` says. */
  prepare(): Promise<void>;
}

const ready = async () => undefined;

/**
 * The browser of `CHROMIUM_PATH`, or Debian's, or on Linux the one that npm installed. That is decided without
 * touching anything, for every process that reads the configuration comes here.
 */
export function chooseBrowser(): Browser {
  const installed = [process.env.CHROMIUM_PATH, "/usr/bin/chromium"].find((path) => path && existsSync(path));
  if (process.env.CHROMIUM_PATH && installed !== process.env.CHROMIUM_PATH) {
    throw new Error(`CHROMIUM_PATH is ${process.env.CHROMIUM_PATH}, where there is nothing.`);
  }
  if (installed) return { executablePath: installed, prepare: ready };
  // The package holds a browser for this kind of machine only.
  if (process.platform !== "linux" || process.arch !== "x64") return { prepare: ready };
  return browserOfNpm();
}

function browserOfNpm(): Browser {
  const packageDir = dirname(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")));
  const { version } = createRequire(import.meta.url)(join(packageDir, "package.json")) as { version: string };
  const directory = join(packageDir, "..", "..", ".cache", `roster-chromium-${version}`);
  return {
    executablePath: join(directory, "chromium"),
    env: {
      ...definedOf(process.env),
      LD_LIBRARY_PATH: [libraryPath(directory), process.env.LD_LIBRARY_PATH].filter(Boolean).join(":"),
      FONTCONFIG_FILE: join(directory, "fonts.conf"),
    },
    prepare: () => unpackChromium(join(packageDir, "bin"), directory),
  };
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
