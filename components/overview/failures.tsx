import type { UseQueryResult } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import Link from "next/link";
import { Card } from "@/components/ui/card";
import { count } from "@/components/ui/numbers";
import { RelativeTime } from "@/components/ui/relative-time";
import { EmptyState, Loaded } from "@/components/ui/states";
import type { PairState } from "@/lib/runs/schema";
import { type Cause, groupByCause } from "./group-by-cause";

/** What fails now, by cause, with what to do. */
export function Failures({ query }: { query: UseQueryResult<PairState[]> }) {
  return (
    <Card
      title="Failing now"
      aside={
        <Link href="/log?status=failed" className="hover:underline">
          Failures in the log
        </Link>
      }
    >
      <Loaded query={query}>
        {(states) =>
          states.length === 0 ? (
            <EmptyState icon={CircleCheck} title="Nothing fails">
              When a user cannot be written to a site, the reason and what to do appear here.
            </EmptyState>
          ) : (
            <ul className="divide-y">
              {groupByCause(states).map((cause) => (
                <CauseRow key={cause.key} cause={cause} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function CauseRow({ cause }: { cause: Cause }) {
  return (
    <li className="break-words px-4 py-2.5">
      <p className="font-medium">{cause.error}</p>
      {cause.advice && <p className="text-soft">{cause.advice}</p>}
      <p className="mt-0.5 text-faint text-xs tabular-nums">
        <Link href={`/sync?status=${cause.status}`} className="text-accent-text underline underline-offset-2">
          {count(cause.users, "user")} at {cause.sites.join(", ")}
        </Link>
        {cause.latest && (
          <>
            {" · "}last <RelativeTime value={cause.latest} />
          </>
        )}
      </p>
    </li>
  );
}
