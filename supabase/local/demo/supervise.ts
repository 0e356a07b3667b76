import { setTimeout as sleep } from "node:timers/promises";
import type { KeptProcess } from "@/supabase/local/kept-process";

export interface SuperviseOptions {
  start(): Promise<KeptProcess>;
  /** Whether the program answers. */
  isUp(): Promise<boolean>;
  /** Called each time the program answers after it did not. */
  onUp(): Promise<void>;
  /** Called each time the program has ended, or does not come up; the text says how. */
  onDown(how: string): Promise<void>;
  /** Gives up on a program that does not answer for so long after its start. */
  startMilliseconds: number;
  /** Before a program is started again; doubles with each failed start, up to 30 times as long. */
  pauseMilliseconds: number;
  /** Aborting it ends the first start; later it is as good as stopping. */
  signal: AbortSignal;
}

/**
 * Starts a program and starts it again whenever it ends, until it is told to stop.
 * @returns once the program answers, how to stop it
 * @throws when the first start fails, for then there is something to repair; or when `signal` is aborted
 */
export async function supervise(options: SuperviseOptions): Promise<() => Promise<void>> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, options.signal]);
  let program = await options.start();
  try {
    const failure = await untilUp(program, options, signal);
    if (failure !== undefined) throw new Error(failure);
    await options.onUp();
  } catch (error) {
    await program.stop();
    throw error;
  }

  const watch = async () => {
    let how = await program.ended;
    for (let failures = 0; !signal.aborted; ) {
      await options.onDown(how);
      await sleep(Math.min(2 ** failures, 30) * options.pauseMilliseconds, undefined, { signal });
      program = await options.start();
      const failure = await untilUp(program, options, signal);
      if (failure === undefined) {
        failures = 0;
        await options.onUp();
        how = await program.ended;
      } else {
        failures += 1;
        how = failure;
        await program.stop();
      }
    }
  };
  const watching = watch().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return async () => {
    stopping.abort();
    await program.stop();
    await watching;
    await program.stop(); // one that was started in between
  };
}

/** Waits until the program answers; a text says why it does not. */
async function untilUp(
  program: KeptProcess,
  { isUp, startMilliseconds }: SuperviseOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const deadline = Date.now() + startMilliseconds;
  while (!(await isUp())) {
    if (program.hasEnded()) return await program.ended;
    if (Date.now() > deadline) return `no answer within ${startMilliseconds / 1000} s`;
    await sleep(50, undefined, { signal });
  }
  return undefined;
}
