"use client";

import { useQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { RelativeTime } from "@/components/ui/relative-time";
import { EmptyState, Loaded } from "@/components/ui/states";
import { runsQuery } from "@/lib/runs/queries";
import type { Run } from "@/lib/runs/schema";
import { sitesQuery } from "@/lib/sites/queries";
import { RunHeadline } from "./run-headline";
import { requestedBy, runLook, STANDSTILL_LOOKS, type Standstill, standstillOf } from "./run-words";

/** The latest syncs of all users and of sites. */
export function RunList({ onShow }: { onShow: (runId: string) => void }) {
  const runs = useQuery(runsQuery);
  const { data: sites = [] } = useQuery(sitesQuery);
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
                <RunLine run={run} standstill={standstillOf(run, sites)} onShow={() => onShow(run.id)} />
              </li>
            ))}
          </ol>
        )
      }
    </Loaded>
  );
}

interface RunLineProps {
  run: Run;
  standstill: Standstill | null;
  onShow: () => void;
}

function RunLine({ run, standstill, onShow }: RunLineProps) {
  const { word, tone, icon } = standstill === null ? runLook(run) : STANDSTILL_LOOKS[standstill.kind];
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
      <span className="block tabular-nums">
        <RunHeadline run={run} standstill={standstill} />
      </span>
      <span className="block truncate text-faint text-xs">
        {run.kind === "site" ? `Sync of ${run.sites[0]?.site ?? "a site"}` : "Sync of all users"}{" "}
        {requestedBy(run)}
      </span>
    </button>
  );
}
