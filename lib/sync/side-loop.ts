import type { Clock, LeasedSite, Log } from "./ports";

export interface SideLoopOptions<Turn> {
  /** What one turn is called in the log. */
  what: string;
  /** Takes what waits for a worker; null when nothing does. */
  lease(): Promise<Turn | null>;
  /** `stopping`: finish what is on its way, begin nothing; `aborting`: give up. */
  work(turn: Turn, signals: { stopping: AbortSignal; aborting: AbortSignal }): Promise<void>;
  clock: Clock;
  log: Log;
  /** How long to rest when nothing waits, in milliseconds: the delay of what is asked for elsewhere. */
  pollMs: number;
  /** Whether it is worth asking for a turn, where somebody has asked for all loops already. */
  isDue?: (() => boolean) | undefined;
  /** Turns at once. */
  most: number;
}

/** A loop beside the engine's. */
export interface SideLoop {
  /** Looks for work now instead of at the next poll. */
  wake(): void;
  /** Finishes the pages on their way, gives the rest back and ends, within about 3 s whatever the sites do. */
  stop(): Promise<void>;
}

/** Time for pages on their way after `stop`, in milliseconds; as the engine has it. */
const FINISH_MS = 2_000;

/** Starts a loop of a worker beside the one that writes to sites. It never throws and ends only by `stop`. */
export function startSideLoop<Turn extends { id?: string; site?: Pick<LeasedSite, "name"> }>(
  options: SideLoopOptions<Turn>,
): SideLoop {
  const { clock, log, what } = options;
  const stopping = new AbortController();
  const aborting = new AbortController();
  const ended = new AbortController();
  const running = new Set<Promise<void>>();
  let rest = new AbortController();
  let woken = true;

  const wake = () => {
    woken = true;
    rest.abort();
  };

  function begin(turn: Turn): void {
    const done = options
      .work(turn, { stopping: stopping.signal, aborting: aborting.signal })
      .then(wake) // not after an error: one that fails at once would make a busy loop
      .catch((error: unknown) =>
        log.warn({ id: turn.id, site: turn.site?.name, err: error }, `${what} ended early`),
      )
      .finally(() => running.delete(done));
    running.add(done);
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      rest = new AbortController();
      const asks = woken || options.isDue?.() !== false;
      woken = false;
      try {
        while (asks && running.size < options.most && !stopping.signal.aborted) {
          const turn = await options.lease();
          if (!turn) break;
          begin(turn);
        }
      } catch (error) {
        // The engine, which asks more often, says so louder.
        log.info({ err: error }, `no ${what} could be looked for`);
      }
      await clock.sleep(options.pollMs, AbortSignal.any([rest.signal, stopping.signal]));
    }
    void clock.sleep(FINISH_MS, ended.signal).then(() => aborting.abort());
    await Promise.all(running);
    ended.abort();
  }

  const loopEnd = loop();
  return {
    wake,
    stop: () => {
      stopping.abort();
      return loopEnd;
    },
  };
}
