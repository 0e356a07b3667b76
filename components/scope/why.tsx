"use client";

import { useQuery } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { pairLooks } from "@/components/sync/pair-status";
import { Badge } from "@/components/ui/badge";
import { Loaded } from "@/components/ui/states";
import { whyQuery } from "@/lib/scope/queries";
import type { Why as Answer } from "@/lib/scope/schema";

/** Why a user is at a site or not, with each rule of the site's scope. */
export function Why({ siteId, userId }: { siteId: string; userId: string }) {
  const why = useQuery({ ...whyQuery(siteId, userId), refetchInterval: 5_000 });
  return <Loaded query={why}>{(answer) => <Reasons {...answer} />}</Loaded>;
}

function Reasons({ status, reason, rules }: Answer) {
  const look = pairLooks[status];
  return (
    <div className="space-y-3" role="status">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <Badge tone={look.tone} icon={look.icon}>
          {look.word}
        </Badge>
        <p>{reason}</p>
      </div>
      {rules.length > 0 && (
        <ul aria-label="Rules" className="space-y-1">
          {rules.map(({ rule, passed, depth }, index) => (
            <li
              // biome-ignore lint/suspicious/noArrayIndexKey: the same rule may be there twice
              key={index}
              className="flex items-center gap-2"
              style={{ paddingLeft: `${depth * 1.25}rem` }}
            >
              {passed ? (
                <Check aria-hidden className="size-4 text-ok" />
              ) : (
                <X aria-hidden className="size-4 text-bad" />
              )}
              <span>{rule}</span>
              <span className={passed ? "text-ok text-xs" : "text-bad text-xs"}>
                {passed ? "holds" : "does not hold"}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
