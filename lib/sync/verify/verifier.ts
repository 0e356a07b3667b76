import type { Clock, Log } from "../ports";
import { type SideLoop, startSideLoop } from "../side-loop";
import { type CompareOptions, compareSite, fail } from "./compare-site";
import type { OpenReader, Verification } from "./ports";

export interface VerifierOptions extends Pick<CompareOptions, "centre"> {
  openReader: OpenReader;
  clock: Clock;
  log: Log;
  /** How long to rest when nothing waits to be compared, in milliseconds: the delay of one that is asked for. */
  pollMs: number;
  isDue?: () => boolean;
  /** Sites compared at once by this worker. */
  maxSites: number;
}

/** Starts a worker's second loop, which compares sites with the list. It never throws and ends only by `stop`. */
export function startVerifier(options: VerifierOptions): SideLoop {
  return startSideLoop<Verification>({
    ...options,
    what: "comparison",
    most: options.maxSites,
    lease: options.centre.lease,
    work: (verification, signals) => compare(verification, options, signals),
  });
}

async function compare(
  verification: Verification,
  { centre, clock, openReader }: VerifierOptions,
  { stopping, aborting }: { stopping: AbortSignal; aborting: AbortSignal },
): Promise<void> {
  const reader = await openReader(verification.site, centre.owners(verification), aborting);
  if ("code" in reader) await fail(verification, reader, { centre, clock });
  else await compareSite(verification, reader, { centre, clock, stopping });
}
