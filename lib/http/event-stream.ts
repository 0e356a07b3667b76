/**
 * How often a silent stream says that it is there. Proxies commonly close one after 30 to 60 s, and browsers cannot tell
 * a silent one from one that a sleeping laptop or a lost network has cut: more often costs traffic, less often leaves
 * pages behind for longer.
 */
const HEARTBEAT_MS = 5_000;

/** An event of its own name, which those who listen to messages do not hear; a comment would reach no script at all. */
const HEARTBEAT = "event: alive\ndata: {}\n\n";

/**
 * Answers what `source` yields as server-sent events, one JSON message each, until it ends. The signal it is
 * given fires when the client leaves; it should stop then. Should it throw, the stream ends and the browser
 * connects again by itself. https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function eventStream(
  source: (signal: AbortSignal) => AsyncIterator<unknown>,
  onError: (error: unknown) => void,
): Response {
  const left = new AbortController();
  const events = source(left.signal);
  const encoder = new TextEncoder();
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  // Begins when somebody reads: the answer to a HEAD is never read, and never cancelled either.
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        heartbeat ??= setInterval(() => controller.enqueue(encoder.encode(HEARTBEAT)), HEARTBEAT_MS);
        const next = await events.next().catch((error: unknown) => {
          if (!left.signal.aborted) onError(error);
          return { done: true, value: undefined };
        });
        if (left.signal.aborted) return;
        if (!next.done) return controller.enqueue(encoder.encode(`data: ${JSON.stringify(next.value)}\n\n`));
        clearInterval(heartbeat);
        controller.close();
      },
      cancel() {
        clearInterval(heartbeat);
        left.abort();
      },
    },
    { highWaterMark: 0 },
  );
  // "no-transform" keeps compression from holding events back until there are enough of them.
  const headers = { "content-type": "text/event-stream", "cache-control": "no-store, no-transform" };
  return new Response(stream, { headers });
}
