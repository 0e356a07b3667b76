"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { parseAsString, useQueryState } from "nuqs";
import { useState } from "react";
import { overviewQuery, runQuery, syncAllUsers } from "@/lib/runs/queries";

/**
 * The run to show: the one in the URL, which survives a reload, or the one that is running, whoever started it.
 * It stays, as a summary, until it is dismissed.
 */
export function useRun() {
  const [chosen, setChosen] = useQueryState("run", parseAsString);
  const [seen, setSeen] = useState<string | null>(null);
  const [dismissed, setDismissed] = useState<string | null>(null);
  const { data: overview } = useQuery(overviewQuery);
  const running = overview?.run && overview.run.kind !== "user" ? overview.run.id : null;
  if (running && running !== seen) setSeen(running);

  const id = chosen ?? (seen === dismissed ? null : seen);
  const run = useQuery({ ...runQuery(id ?? ""), enabled: id !== null });
  const start = useMutation(syncAllUsers);

  return {
    run: id === null ? undefined : run.data,
    error: id === null ? null : run.error,
    starting: start.isPending,
    startError: start.error,
    start: () => start.mutate(undefined, { onSuccess: ({ runId }) => setChosen(runId) }),
    dismiss: () => {
      setDismissed(seen);
      setChosen(null);
    },
  };
}
