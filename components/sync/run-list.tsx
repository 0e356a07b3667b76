"use client";

import { useQuery } from "@tanstack/react-query";
import { Clock, History } from "lucide-react";
import { isStuck } from "@/components/shell/sync-summary";
import { Badge } from "@/components/ui/badge";
import { RelativeTime } from "@/components/ui/relative-time";
import { EmptyState, Loaded } from "@/components/ui/states";
import { runsQuery } from "@/lib/runs/queries";
import type { Run } from "@/lib/runs/schema";
import { sitesQuery } from "@/lib/sites/queries";
import { requestedBy, runHeadline, runLook, waitsFor } from "./run-words";

const WAITING = { word: "Waiting", tone: "warn", icon: Clock } as const;

/** The latest syncs of all users and of sites. */
export function RunList({ onShow }: { onShow: (runId: string) => void }) {
  const runs = useQuery(runsQuery);
  const { data: sites = [] } = useQuery(sitesQuery);
  const stuck = new Set(sites.filter(isStuck).map(({ id }) => id));
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
                <RunLine run={run} waitingFor={waitsFor(run, stuck)} onShow={() => onShow(run.id)} />
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
  /** The sites for which it waits, null while it moves or has ended. */
  waitingFor: string | null;
  onShow: () => void;
}

function RunLine({ run, waitingFor, onShow }: RunLineProps) {
  const { word, tone, icon } = waitingFor === null ? runLook(run) : WAITING;
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
        {waitingFor === null ? runHeadline(run) : `Waiting for ${waitingFor}`}
      </span>
      <span className="block truncate text-faint text-xs">
        {run.kind === "site" ? `Sync of ${run.sites[0]?.site ?? "a site"}` : "Sync of all users"}{" "}
        {requestedBy(run)}
      </span>
    </button>
  );
}
