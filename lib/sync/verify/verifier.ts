import type { Clock, Log } from "../ports";
import { type CompareOptions, compareSite, fail } from "./compare-site";
import type { OpenReader, Verification } from "./ports";

export interface VerifierOptions extends Pick<CompareOptions, "centre"> {
  openReader: OpenReader;
  clock: Clock;
  log: Log;
  /** How long to rest when nothing waits to be compared, in milliseconds: the delay of one that is asked for. */
  pollMs: number;
  /** Sites compared at once by this worker. */
  maxSites: number;
}

export interface Verifier {
  /** Looks for work now instead of at the next poll. */
  wake(): void;
  /** Finishes the pages on their way, gives the comparisons back and ends, within about 3 s whatever the sites do. */
  stop(): Promise<void>;
}

/** Time for pages on their way after `stop`, in milliseconds; as the engine has it. */
const FINISH_MS = 2_000;

/** Starts a worker's second loop, which compares sites with the list. It never throws and ends only by `stop`. */
export function startVerifier(options: VerifierOptions): Verifier {
  const { centre, clock, log } = options;
  const stopping = new AbortController();
  const aborting = new AbortController();
  const ended = new AbortController();
  const running = new Set<Promise<void>>();
  let rest = new AbortController();

  const wake = () => rest.abort();

  function begin(verification: Verification): void {
    const { site } = verification;
    const comparison = compare(verification, options, {
      stopping: stopping.signal,
      aborting: aborting.signal,
    })
      .then(wake) // not after an error: one that fails at once would make a busy loop
      .catch((error: unknown) => log.warn({ site: site.name, err: error }, "comparison ended early"))
      .finally(() => running.delete(comparison));
    running.add(comparison);
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      rest = new AbortController();
      try {
        while (running.size < options.maxSites && !stopping.signal.aborted) {
          const verification = await centre.lease();
          if (!verification) break;
          begin(verification);
        }
      } catch (error) {
        // The engine, which asks more often, says so louder.
        log.info({ err: error }, "no comparison could be looked for");
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

async function compare(
  verification: Verification,
  { centre, clock, openReader }: VerifierOptions,
  { stopping, aborting }: { stopping: AbortSignal; aborting: AbortSignal },
): Promise<void> {
  const reader = await openReader(verification.site, aborting);
  if ("code" in reader) await fail(verification, reader, { centre, clock });
  else await compareSite(verification, reader, { centre, clock, stopping });
}
