import { LoaderCircle } from "lucide-react";
import { May } from "@/components/access/may";
import { Card } from "@/components/ui/card";
import { count, formatNumber } from "@/components/ui/numbers";
import { Progress } from "@/components/ui/progress";
import type { TakeOver } from "@/lib/take-over/schema";
import { LookButton } from "./look-button";

/** The site's rows are being read, or what was decided about them is being done. */
export function Moving({ take }: { take: TakeOver }) {
  const { error, siteId } = take;
  return (
    <Card
      title="Users of the site's own"
      aside={
        error && (
          <May scope="sites:write">
            <LookButton siteId={siteId} />
          </May>
        )
      }
    >
      <div className="px-4 py-4">
        <MovingState take={take} />
      </div>
    </Card>
  );
}

/** The same in a few lines, with what keeps the site from being read. */
export function MovingState({ take }: { take: TakeOver }) {
  return (
    <div className="space-y-3">
      <Progressing take={take} />
      {take.error && (
        <div role="alert" className="break-words rounded-md bg-warn-soft px-3 py-2">
          <p className="font-medium text-warn">{take.error}</p>
          <p>{take.advice}</p>
        </div>
      )}
    </div>
  );
}

function Progressing({ take }: { take: TakeOver }) {
  const { state, step, scanned, groups, unlisted, linked, imported, left, refused, error } = take;
  const applying = state === "applying" && step === "apply";
  const done = linked + imported + left + refused;
  const rows =
    groups.same_id + groups.same_email + groups.same_clerk_id + groups.only_there + groups.conflicting;
  return (
    <div className="flex gap-3">
      <LoaderCircle aria-hidden className="mt-0.5 size-4.5 shrink-0 animate-spin text-accent-text" />
      <div className="min-w-0 flex-1">
        <p role="status" className="font-medium tabular-nums">
          {applying
            ? `${formatNumber(done)} of ${count(Math.max(rows - unlisted, done), "row")} done`
            : `${state === "applying" ? "Looking once more before anything is done" : "Reading the site's rows"}: ${formatNumber(scanned)} so far`}
        </p>
        {applying && (
          <Progress label="Rows done" done={done} total={Math.max(rows - unlisted, done)} className="mt-2" />
        )}
        {!(error && state === "applying") && (
          <p className="mt-0.5 text-soft">
            {state === "applying"
              ? "It goes on by itself, also when you leave. Then the site is synced."
              : "Nothing is written at the site before you decide."}
          </p>
        )}
      </div>
    </div>
  );
}
