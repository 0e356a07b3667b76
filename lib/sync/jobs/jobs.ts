import type { Clock, Log } from "../ports";
import { type SideLoop, startSideLoop } from "../side-loop";

/** A change of many users, or an import, that this worker carries out. */
interface Job {
  id: string;
  leaseId: string;
}

/** The part of the central database that changes of many users and imports need. All may throw when it does not answer. */
export interface JobCentre {
  /** Takes the job that has waited longest; null when there is none. */
  lease(): Promise<Job | null>;
  /** Changes its next users or imports its next lines, once, however often it is called; deletes what it kept for too long. */
  step(job: Job): Promise<"more" | "done" | "lost">;
  /** Lets another worker go on; `reason`: a step failed, so a little later and with fewer of them. */
  giveBack(job: Job, reason: string | null): Promise<void>;
}

export interface JobsOptions {
  centre: JobCentre;
  clock: Clock;
  log: Log;
  /** How long to rest when there is no job, in milliseconds: the delay of one that is asked for elsewhere. */
  pollMs: number;
  isDue?: () => boolean;
}

/**
 * Starts a worker's fifth loop, which changes and imports many users step by step. One job at a time: its steps keep one
 * processor of the centre busy, and syncing what they change needs another.
 */
export function startJobs(options: JobsOptions): SideLoop {
  const { centre } = options;
  return startSideLoop<Job>({
    ...options,
    what: "a change of many users or an import",
    most: 1,
    lease: centre.lease,
    work: async (job, { stopping }) => {
      try {
        while ((await centre.step(job)) === "more") {
          if (stopping.aborted) return await centre.giveBack(job, null);
        }
      } catch (error) {
        // When the centre is away, the lease runs out by itself.
        await centre.giveBack(job, messageOf(error)).catch(() => undefined);
        throw error;
      }
    },
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
