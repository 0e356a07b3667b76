import { CircleCheck, LoaderCircle, TriangleAlert } from "lucide-react";
import { count } from "@/components/ui/numbers";
import { Skeleton } from "@/components/ui/states";
import type { Plan } from "@/lib/plans/schema";

/** How far the sites have been compared. */
export function PlanProgress({ plan }: { plan: Plan | undefined }) {
  return (
    <div role="status" className="space-y-3">
      <p className="text-soft">Comparing with the sites, row by row…</p>
      <ul className="divide-y rounded-lg border">
        {(plan?.sites ?? []).map(({ siteId, site, done, looked, problem }) => (
          <li key={siteId} className="flex items-center gap-3 px-4 py-2.5">
            {problem ? (
              <TriangleAlert aria-hidden className="size-4 text-warn" />
            ) : done ? (
              <CircleCheck aria-hidden className="size-4 text-ok" />
            ) : (
              <LoaderCircle aria-hidden className="size-4 animate-spin text-accent-text" />
            )}
            <span className="min-w-0 flex-1 truncate font-medium">{site}</span>
            <span className="text-faint text-xs tabular-nums">
              {problem ? "Not compared" : done ? "Compared" : `${count(looked, "user")} so far`}
            </span>
          </li>
        ))}
        {!plan && (
          <li className="px-4 py-3">
            <Skeleton className="h-4 w-48" />
          </li>
        )}
      </ul>
    </div>
  );
}
