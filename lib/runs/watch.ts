import { callApi } from "@/lib/api-client";
import type { Run } from "./schema";

const POLL_MS = 1_000;

/**
 * Follows a run until it has finished: by server-sent events, and by polling once the stream has failed, since a
 * proxy may not let it through.
 */
export async function* watchRun(id: string, signal: AbortSignal): AsyncGenerator<Run> {
  for await (const run of streamRun(id, signal)) {
    yield run;
    if (run.finishedAt) return;
  }
  while (!signal.aborted) {
    const run = await callApi<Run>("GET", `/api/sync/runs/${id}`, { signal });
    yield run;
    if (run.finishedAt) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** The run's events as they arrive; ends when the stream breaks. */
async function* streamRun(id: string, signal: AbortSignal): AsyncGenerator<Run> {
  const source = new EventSource(`/api/sync/runs/${id}/events`);
  let latest: Run | undefined;
  let open = true;
  let wake = () => {};
  const close = () => {
    open = false;
    source.close();
    wake();
  };
  source.onmessage = ({ data }: MessageEvent<string>) => {
    latest = JSON.parse(data) as Run;
    wake();
  };
  source.onerror = close;
  signal.addEventListener("abort", close);
  try {
    while (open || latest) {
      const run = latest;
      latest = undefined;
      if (run) yield run;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    close();
  }
}
