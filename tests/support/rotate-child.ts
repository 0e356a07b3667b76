import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Project } from "@/supabase/local/stack";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** `npm run secrets:rotate`, without npm, in a process of its own. */
export class RotateChild {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #exit: Promise<unknown[]>;
  #output = "";

  constructor(centre: Pick<Project, "url" | "secretKey">, secretKeys: string, ...args: string[]) {
    this.#child = spawn(process.execPath, ["--import", "tsx", "rotate-secrets.ts", ...args], {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        NODE_ENV: "production",
        SUPABASE_URL: centre.url,
        SUPABASE_SECRET_KEY: centre.secretKey,
        ROSTER_SECRET_KEYS: secretKeys,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#exit = once(this.#child, "exit");
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
  }

  /** Waits for its end. */
  async ended(): Promise<{ code: number | null; output: string }> {
    const [code] = await this.#exit;
    return { code: typeof code === "number" ? code : null, output: this.#output };
  }

  /** Waits until it has said that, or has ended. */
  async said(what: RegExp): Promise<void> {
    while (!what.test(this.#output) && this.#child.exitCode === null) {
      await Promise.race([once(this.#child.stdout, "data"), this.#exit]);
    }
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
