import { CircleAlert, CircleCheck, CircleHelp, CirclePlus } from "lucide-react";
import { count, formatNumber } from "@/components/ui/numbers";
import { Progress } from "@/components/ui/progress";
import { ComingTime, RelativeTime } from "@/components/ui/relative-time";
import { Tallies } from "@/components/ui/tallies";
import type { SiteVerify, Verification } from "@/lib/verify/schema";

interface ResultProps {
  verification: Verification;
  state: SiteVerify;
}

/** How far a comparison is, or when it was, and how many rows are what. */
export function VerificationResult({ verification, state }: ResultProps) {
  const { equal, different, missing, extra, skipped, error, advice } = verification;
  return (
    <div className="border-b">
      <div className="px-4 pt-3 pb-2 text-soft">
        {verification.finishedAt ? (
          <When verification={verification} state={state} />
        ) : (
          <Moving verification={verification} />
        )}
      </div>
      {error && (
        <div role="alert" className="mx-4 mb-3 break-words rounded-md bg-warn-soft px-3 py-2">
          <p className="font-medium text-warn">{error}</p>
          <p className="text-ink">
            {advice} {verification.finishedAt ? "Only a part was compared." : "Roster tries again by itself."}
          </p>
        </div>
      )}
      <Tallies
        of={[
          { name: "Equal", value: equal, icon: CircleCheck, tone: "text-ok" },
          { name: "Different", value: different, icon: CircleAlert, tone: "text-warn" },
          { name: "Missing", value: missing, icon: CircleHelp, tone: "text-warn" },
          { name: "Extra", value: extra, icon: CirclePlus, tone: "text-soft" },
        ]}
      />
      {skipped > 0 && (
        <p className="border-t px-4 py-2 text-faint text-xs">
          {count(skipped, "user")} {skipped === 1 ? "was" : "were"} on the way to the site just then; nothing
          is said of them.
        </p>
      )}
    </div>
  );
}

function Moving({ verification }: { verification: Verification }) {
  const { equal, different, extra, missing, skipped, expected } = verification;
  const read = equal + different + extra + missing + skipped;
  const total = Math.max(read, expected);
  return (
    <div className="space-y-1.5">
      <p className="tabular-nums">
        Comparing: {formatNumber(read)} of {formatNumber(total)} rows
      </p>
      <Progress label="Compared rows" done={read} total={total} />
    </div>
  );
}

function When({ verification, state }: ResultProps) {
  const { startedAt, finishedAt, requestedBy, repaired } = verification;
  const seconds = finishedAt ? (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 : 0;
  return (
    <p>
      Compared <RelativeTime value={finishedAt ?? startedAt} /> in {seconds.toFixed(1)} s
      {requestedBy ? ` for ${requestedBy}` : " by schedule"}
      {state.nextAt && (
        <>
          , next <ComingTime value={state.nextAt} />
        </>
      )}
      {repaired > 0 && ` · ${count(repaired, "row")} put right since`}
    </p>
  );
}
