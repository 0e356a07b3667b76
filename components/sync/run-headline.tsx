import { ComingTime } from "@/components/ui/relative-time";
import type { Run } from "@/lib/runs/schema";
import { runHeadline, type Standstill } from "./run-words";

/** What a run has done or does in a line; while it stands still, for whom, and when it goes on. */
export function RunHeadline({ run, standstill }: { run: Run; standstill: Standstill | null }) {
  if (standstill === null) return runHeadline(run);
  if (standstill.kind === "waits") return `Waiting for ${standstill.sites}`;
  return (
    <>
      Trying {standstill.sites} again {standstill.retryAt && <ComingTime value={standstill.retryAt} />}
    </>
  );
}
