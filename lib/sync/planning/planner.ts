import type { Clock, Log } from "../ports";
import { type SideLoop, startSideLoop } from "../side-loop";
import { failTurn, planSite } from "./plan-site";
import type { OpenRowReader, PlanCentre, PlanTurn } from "./ports";

export interface PlannerOptions {
  centre: PlanCentre;
  openRows: OpenRowReader;
  clock: Clock;
  log: Log;
  /** How long to rest when no plan waits, in milliseconds: the delay of one that is asked for elsewhere. */
  pollMs: number;
  isDue?: () => boolean;
  /** Sites read at once by this worker. */
  maxSites: number;
}

/** Starts a worker's fourth loop, which finds out what actions would do at sites. */
export function startPlanner(options: PlannerOptions): SideLoop {
  const { centre, clock, openRows } = options;
  return startSideLoop<PlanTurn>({
    ...options,
    what: "planning",
    most: options.maxSites,
    lease: centre.lease,
    work: async (turn, { stopping, aborting }) => {
      const reader = await openRows(turn.site, aborting);
      if (reader && "code" in reader) await failTurn(turn, reader, { centre, clock });
      else await planSite(turn, reader, { centre, clock, stopping });
    },
  });
}
