import { type ChildProcess, spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const keeper = fileURLToPath(new URL("keeper.sh", import.meta.url));

// keeper.sh takes 5 s until its second signal; what still lives some seconds later is killed.
const stopMilliseconds = 8_000;

/** A program that ends when this process does, even when this process is killed. */
export interface KeptProcess {
  /** Resolves, and never rejects, when the program has ended; the text says how. */
  ended: Promise<string>;
  hasEnded(): boolean;
  /** Asks the program to end, insists after a while, and resolves when it has. */
  stop(): Promise<void>;
}

export interface KeptOptions {
  command: string[];
  /** What tells the program to end, and what it gets when it does not. */
  signals: [gently: "INT" | "TERM", firmly: "QUIT" | "KILL"];
  env: Record<string, string | undefined>;
  cwd: string;
  /** File that all output is appended to. */
  log: string;
  ids?: { uid?: number; gid?: number };
}

/** Starts a program under keeper.sh, in a session of its own, so that Ctrl-C reaches this process only. */
export async function startKept(options: KeptOptions): Promise<KeptProcess> {
  const output = await open(options.log, "a", 0o600);
  try {
    const child = spawn("/bin/sh", [keeper, ...options.signals, ...options.command], {
      ...options.ids,
      cwd: options.cwd,
      env: { ...options.env, NODE_ENV: "production" },
      stdio: ["pipe", output.fd, output.fd],
      detached: true,
    });
    return keptProcess(child, `SIG${options.signals[1]}`);
  } finally {
    await output.close();
  }
}

function keptProcess(child: ChildProcess, firmly: NodeJS.Signals): KeptProcess {
  let over = false;
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => {
      // Somebody who looks for the program by its arguments kills keeper.sh, which has them too: the program would go on
      // without anybody to end it, and hold its port against the next one.
      if (signal) signalAll(child, firmly);
      resolve(signal ? `signal ${signal}` : ending(code ?? 0));
    });
  });
  void ended.then(() => {
    over = true;
  });
  // The pipe breaks when keeper.sh ends first.
  child.stdin?.on("error", () => undefined);
  return {
    ended,
    hasEnded: () => over,
    stop: async () => {
      const force = setTimeout(() => {
        if (!over) signalAll(child, "SIGKILL");
      }, stopMilliseconds);
      child.stdin?.destroy();
      await ended;
      clearTimeout(force);
    },
  };
}

/** Signals whatever there still is of the session. */
function signalAll({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid) process.kill(-pid, signal);
  } catch {
    // Nothing is left.
  }
}

// A shell reports the end by signal n as status 128 + n.
function ending(status: number): string {
  return status > 128 ? `signal ${status - 128}` : `exit status ${status}`;
}

/** The last lines of a log file. */
export async function tail(log: string, lines = 20): Promise<string> {
  const text = await readFile(log, "utf8").catch(() => "");
  return text.trim().split("\n").slice(-lines).join("\n");
}
