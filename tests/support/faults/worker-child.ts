import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Crash } from "@/tests/support/faults/crash-points";
import type { EngineSettings } from "@/tests/support/faults/engine";

const program = fileURLToPath(new URL("worker-process.ts", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A frozen worker does not notice that this process ended. */
const alive = new Set<ChildProcessWithoutNullStreams>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** A worker process. */
export class WorkerChild {
  readonly #child: ChildProcessWithoutNullStreams;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  /** Resolves when the engine runs. */
  readonly ready: Promise<void>;
  /** Resolves when the process passed its crash point. */
  readonly atPoint: Promise<void>;
  #over = false;
  #thawedAt = 0;
  #frozen = false;

  constructor(settings: EngineSettings & { crash?: Crash }) {
    this.#child = spawn(process.execPath, ["--import", "tsx", program], {
      cwd: root,
      env: { PATH: process.env.PATH, NODE_ENV: "test", ROSTER_TEST_WORKER: JSON.stringify(settings) },
    });
    alive.add(this.#child);
    this.#child.stdin.on("error", () => undefined);
    let output = "";
    let problems = "";
    const ready = Promise.withResolvers<void>();
    const point = Promise.withResolvers<void>();
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes("ready\n")) ready.resolve();
      if (output.includes("point\n")) point.resolve();
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      problems += text;
    });
    this.ready = ready.promise;
    this.atPoint = point.promise;
    this.ended = new Promise((resolve) => {
      this.#child.once("exit", () => {
        this.#over = true;
        alive.delete(this.#child);
        ready.reject(new Error(`A worker ended before it began: ${problems}`));
        resolve();
      });
    });
    this.ready.catch(() => undefined);
  }

  get hasEnded(): boolean {
    return this.#over;
  }

  get isFrozen(): boolean {
    return this.#frozen;
  }

  /** When it last went on after a pause; 0 for never. */
  get thawedAt(): number {
    return this.#thawedAt;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  /** Lets it finish what is on its way. */
  async stop(): Promise<void> {
    this.thaw();
    this.#child.kill("SIGTERM");
    await this.ended;
  }

  freeze(): void {
    this.#frozen = true;
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#thawedAt = Date.now();
    this.#frozen = false;
    this.#child.kill("SIGCONT");
  }
}
