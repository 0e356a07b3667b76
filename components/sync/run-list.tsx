"use client";

import { useQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { RelativeTime } from "@/components/ui/relative-time";
import { EmptyState, Loaded } from "@/components/ui/states";
import { runsQuery } from "@/lib/runs/queries";
import type { Run } from "@/lib/runs/schema";
import { requestedBy, runHeadline, runLook } from "./run-words";

/** The latest syncs of all users and of sites. */
export function RunList({ onShow }: { onShow: (runId: string) => void }) {
  const runs = useQuery(runsQuery);
  return (
    <Loaded query={runs}>
      {(found) =>
        found.length === 0 ? (
          <EmptyState icon={History} title="No sync yet">
            Sync All Users starts one. Changes of users reach the sites by themselves.
          </EmptyState>
        ) : (
          <ol className="-mx-2 space-y-0.5">
            {found.map((run) => (
              <li key={run.id}>
                <RunLine run={run} onShow={() => onShow(run.id)} />
              </li>
            ))}
          </ol>
        )
      }
    </Loaded>
  );
}

function RunLine({ run, onShow }: { run: Run; onShow: () => void }) {
  const { word, tone, icon } = runLook(run);
  return (
    <button
      type="button"
      onClick={onShow}
      className="w-full space-y-1 rounded-md px-2 py-2 text-left hover:bg-hover"
    >
      <span className="flex items-center justify-between gap-3">
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>
        <span className="text-faint text-xs">
          <RelativeTime value={run.startedAt} />
        </span>
      </span>
      <span className="block tabular-nums">{runHeadline(run)}</span>
      <span className="block truncate text-faint text-xs">
        {run.kind === "site" ? `Sync of ${run.sites[0]?.site ?? "a site"}` : "Sync of all users"}{" "}
        {requestedBy(run)}
      </span>
    </button>
  );
}
