"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { type BulkChange, type BulkProgress, changeInSteps, type Target } from "@/lib/users/bulk";

export type BulkState =
  | { kind: "asking" }
  | { kind: "running"; progress: BulkProgress }
  | { kind: "stopped"; progress: BulkProgress; error: Error | null };

const NOTHING: BulkProgress = { matched: 0, changed: 0, after: "" };

/** Changes many users step by step; it can be stopped, and goes on where it was. */
export function useBulk(onDone: (progress: BulkProgress) => void) {
  const client = useQueryClient();
  const [state, setState] = useState<BulkState>({ kind: "asking" });
  const stopping = useRef<AbortController>(undefined);

  async function run(target: Target, change: BulkChange) {
    const stop = new AbortController();
    stopping.current = stop;
    let progress = state.kind === "stopped" ? state.progress : NOTHING;
    setState({ kind: "running", progress });
    try {
      for await (progress of changeInSteps(target, change, stop.signal, progress)) {
        setState({ kind: "running", progress });
      }
      if (progress.after === null) onDone(progress);
      else setState({ kind: "stopped", progress, error: null });
    } catch (error) {
      setState({
        kind: "stopped",
        progress,
        error: error instanceof Error ? error : new Error(String(error)),
      });
    }
    await client.invalidateQueries({ queryKey: ["users"] });
    await client.invalidateQueries({ queryKey: ["sync"] });
  }

  return { state, run, stop: () => stopping.current?.abort() };
}
