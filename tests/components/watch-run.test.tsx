import { afterEach, expect, test, vi } from "vitest";
import type { Run } from "@/lib/runs/schema";
import { watchRun } from "@/lib/runs/watch";
import { serve } from "./support";

const started: Run = {
  id: "r1",
  kind: "all",
  requestedBy: "olive@example.com",
  total: 2,
  succeeded: 0,
  failed: 0,
  pending: 2,
  startedAt: "2026-01-31T09:00:00Z",
  sites: [],
};
const finished: Run = { ...started, succeeded: 2, pending: 0, finishedAt: "2026-01-31T09:00:01Z" };

afterEach(() => vi.unstubAllGlobals());

/** An event stream that says what it is told, and then breaks if it is told so. */
function stream(runs: Run[], breaks: boolean) {
  vi.stubGlobal(
    "EventSource",
    class {
      onmessage = (_event: { data: string }) => {};
      onerror = () => {};
      close = vi.fn();
      constructor() {
        queueMicrotask(async () => {
          for (const run of runs) {
            this.onmessage({ data: JSON.stringify(run) });
            await Promise.resolve();
          }
          if (breaks) this.onerror();
        });
      }
    },
  );
}

async function collect(): Promise<Run[]> {
  return Array.fromAsync(watchRun("r1", new AbortController().signal));
}

test("a run is followed by its events until it has finished", async () => {
  stream([started, finished], false);
  const calls = serve({});
  expect((await collect()).at(-1)).toEqual(finished);
  expect(calls).toEqual([]);
});

test("a broken stream is made up for by polling", async () => {
  stream([started], true);
  serve({ "GET /api/sync/runs/r1": () => Response.json(finished) });
  expect(await collect()).toEqual([started, finished]);
});
