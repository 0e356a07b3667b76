"use client";

import { useQuery } from "@tanstack/react-query";
import { parseAsString, useQueryState } from "nuqs";
import { useState } from "react";
import { overviewQuery, runQuery } from "@/lib/runs/queries";
import { addSample, perSecond, type Sample } from "./pace";

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
  const shown = id === null ? undefined : run.data;

  return {
    run: shown,
    rate: useRate(shown && { id: shown.id, done: shown.succeeded + shown.failed, at: run.dataUpdatedAt }),
    error: id === null ? null : run.error,
    show: (runId: string) => void setChosen(runId),
    dismiss: () => {
      setDismissed(seen);
      void setChosen(null);
    },
  };
}

const NONE = { id: "", samples: [] as Sample[] };

/** Pairs a second of late; null while there is too little to tell. */
function useRate(now: { id: string; done: number; at: number } | undefined): number | null {
  const [{ id, samples }, setKnown] = useState(NONE);
  const last = samples.at(-1);
  if (now && (now.id !== id || now.at !== last?.at)) {
    setKnown({ id: now.id, samples: addSample(now.id === id ? samples : [], now) });
  }
  return now?.id === id ? perSecond(samples) : null;
}
