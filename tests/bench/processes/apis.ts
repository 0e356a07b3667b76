// The process of the bench that stands for what other machines do: the APIs of the centre and of the sites, and a receiver.

import { startApi } from "@/supabase/local/api";
import { createKeys } from "@/supabase/local/keys";
import { startEndpoint } from "@/tests/bench/endpoint/server";
import { startSink } from "@/tests/bench/endpoint/sink";
import { serveParent } from "@/tests/bench/processes/calls";

export interface OpenApi {
  databaseUrl: string;
  kind: "endpoint" | "embedded";
  delayMs?: number;
  connections?: number;
}

interface Running {
  requests?(): Record<string, number>;
  hang?(hangs: boolean): void;
  close(): Promise<void>;
}

const running = new Map<string, Running>();

const handlers = {
  open: async ({ databaseUrl, kind, delayMs = 0, connections = 10 }: OpenApi) => {
    const keys = createKeys();
    const key = keys.secretKey;
    const api =
      kind === "embedded"
        ? await startApi({ databaseUrl, keys })
        : await startEndpoint({ databaseUrl, key, delayMs, connections });
    running.set(api.url, api);
    return { url: api.url, key };
  },
  openSink: async (secret: string) => {
    const sink = await startSink(secret);
    running.set(sink.url, sink);
    return sink.url;
  },
  requests: (url: string) => running.get(url)?.requests?.() ?? {},
  hang: ({ url, hangs }: { url: string; hangs: boolean }) => running.get(url)?.hang?.(hangs),
  close: async (url: string) => {
    await running.get(url)?.close();
    running.delete(url);
  },
};
export type ApisProcess = typeof handlers;

serveParent(handlers);
