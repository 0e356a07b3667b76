import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What a process of the bench can be asked to do, by name. */
export type Handlers = Record<string, (argument: never) => unknown>;

type Ask = { id: number; name: string; argument: unknown };
type Reply = { id: number; result?: unknown; error?: string };

/** Answers what the parent asks, until it is gone. */
export function serveParent(handlers: Handlers): void {
  process.on("message", async ({ id, name, argument }: Ask) => {
    const reply: Reply = { id };
    try {
      reply.result = await handlers[name]?.(argument as never);
    } catch (error) {
      reply.error = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    process.send?.(reply);
  });
  // Not killed, so that a profile that was asked for (--cpu-prof) is written.
  for (const end of ["disconnect", "SIGTERM"] as const) process.once(end, () => process.exit(0));
}

/** A process of the bench, `H` being what its program serves. */
export class Child<H extends Handlers> {
  readonly #child: ChildProcess;
  readonly #open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #asked = 0;

  constructor(program: URL, env: Record<string, string> = {}, flags: readonly string[] = []) {
    this.#child = fork(fileURLToPath(program), {
      cwd: root,
      execArgv: ["--import", "tsx", ...flags],
      env: { PATH: process.env.PATH, NODE_ENV: "production", ...env },
    });
    this.#child.on("message", ({ id, result, error }: Reply) => {
      const open = this.#open.get(id);
      this.#open.delete(id);
      if (error === undefined) open?.resolve(result);
      else open?.reject(new Error(error));
    });
    this.#child.once("exit", () => {
      for (const { reject } of this.#open.values()) reject(new Error(`${program.pathname} ended`));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  call<N extends keyof H & string>(
    name: N,
    ...[argument]: Parameters<H[N]> extends [] ? [] : Parameters<H[N]>
  ): Promise<Awaited<ReturnType<H[N]>>> {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#child.send({ id, name, argument } satisfies Ask);
    });
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}
