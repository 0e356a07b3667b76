import { expect, test, vi } from "vitest";
import { eventStream } from "@/lib/http/event-stream";

test("each value is one message, and nothing may hold it back", async () => {
  async function* source() {
    yield { a: 1 };
    yield { a: "line\nbreak" };
  }
  const response = eventStream(source, () => undefined);
  expect(await response.text()).toBe('data: {"a":1}\n\ndata: {"a":"line\\nbreak"}\n\n');
  expect(response.headers.get("cache-control")).toBe("no-store, no-transform");
});

test("a source that fails ends the stream and is reported", async () => {
  const failure = new Error("away");
  async function* source() {
    yield 1;
    throw failure;
  }
  const onError = vi.fn();
  expect(await eventStream(source, onError).text()).toBe("data: 1\n\n");
  expect(onError).toHaveBeenCalledExactlyOnceWith(failure);
});

test("a silent stream says from time to time that it is there, until the client leaves", async () => {
  vi.useFakeTimers();
  const failed = vi.fn();
  async function* source(signal: AbortSignal) {
    yield 1;
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  }
  const reader = eventStream(source, failed).body?.getReader();
  const read = async () => new TextDecoder().decode((await reader?.read())?.value);
  expect(await read()).toBe("data: 1\n\n");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await read()).toBe("event: alive\ndata: {}\n\n");
  await reader?.cancel();
  expect(vi.getTimerCount()).toBe(0);
  expect(failed).not.toHaveBeenCalled();
  vi.useRealTimers();
});

test("a stream that nobody reads costs nothing", () => {
  vi.useFakeTimers();
  const source = vi.fn(async function* source() {
    yield 1;
  });
  eventStream(source, () => undefined);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
