import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { followChanges, silenceQuery } from "@/lib/live/follow";
import { unlessLive } from "@/lib/live/interval";
import type { Marks } from "@/lib/live/schema";
import { overviewQuery } from "@/lib/runs/queries";
import { emptyOverview } from "./support";

/** A stream whose other end is the test. */
class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static opened: Stream[] = [];
  readyState = 1;
  onmessage: ((event: MessageEvent<string>) => void) | null = null;
  onerror: (() => void) | null = null;

  constructor() {
    super();
    Stream.opened.push(this);
  }

  close(): void {
    this.readyState = Stream.CLOSED;
  }

  tell(marks: Partial<Marks> = {}, silentSeconds = 0): void {
    const all: Marks = { users: 1, log: 1, states: 1, runs: null, jobs: null, sites: null, ...marks };
    const data = JSON.stringify({ overview: emptyOverview, marks: all, silentSeconds });
    this.onmessage?.(new MessageEvent("message", { data }));
  }
}

const POLL_MS = 2_000;
let stop: () => void;
let client: QueryClient;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Stream);
  Stream.opened = [];
  client = new QueryClient();
  stop = followChanges(client);
});

afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function stream(number: number): Stream {
  const found = Stream.opened[number];
  if (!found) throw new Error(`No stream ${number} was opened.`);
  return found;
}

test("while events come nothing polls, and the overview is the one that came", () => {
  expect(unlessLive(POLL_MS)).toBe(POLL_MS);
  stream(0).tell();
  expect(unlessLive(POLL_MS)).toBe(false);
  expect(client.getQueryData(overviewQuery.queryKey)).toEqual(emptyOverview);
});

test("only what a mark stands for is asked for again", () => {
  const stale = (key: string[]) => client.getQueryState(key)?.isInvalidated;
  for (const key of [["users", "u1"], ["sites"], ["activity", "hour"]]) client.setQueryData(key, {});
  stream(0).tell();
  for (const key of [["users", "u1"], ["sites"], ["activity", "hour"]]) client.setQueryData(key, {});
  stream(0).tell({ users: 2 });
  expect([stale(["users", "u1"]), stale(["sites"]), stale(["activity", "hour"])]).toEqual([
    true,
    false,
    false,
  ]);
});

test("a stream that goes silent is replaced, and until the new one speaks the page polls", () => {
  stream(0).tell();
  vi.advanceTimersByTime(11_000);
  expect(Stream.opened).toHaveLength(1);
  vi.advanceTimersByTime(2_000);
  expect(Stream.opened).toHaveLength(2);
  expect(stream(0).readyState).toBe(Stream.CLOSED);
  expect(unlessLive(POLL_MS)).toBe(POLL_MS);
  stream(1).tell();
  expect(unlessLive(POLL_MS)).toBe(false);
});

test("a stream that says from time to time that it is alive stays", () => {
  stream(0).tell();
  for (let passed = 0; passed < 60; passed += 5) {
    vi.advanceTimersByTime(5_000);
    stream(0).dispatchEvent(new Event("alive"));
  }
  expect(Stream.opened).toHaveLength(1);
  expect(unlessLive(POLL_MS)).toBe(false);
});

test("after an answer that is no stream the page polls, and asks for one again", () => {
  stream(0).tell();
  stream(0).close();
  stream(0).onerror?.();
  expect(unlessLive(POLL_MS)).toBe(POLL_MS);
  vi.advanceTimersByTime(5_000);
  expect(Stream.opened).toHaveLength(2);
});

test("a centre that does not answer is no news: since when is noted, and what was known stays as old as it is", () => {
  stream(0).tell();
  const knownAt = () => client.getQueryState(overviewQuery.queryKey)?.dataUpdatedAt ?? 0;
  const before = knownAt();
  vi.advanceTimersByTime(7_000);
  stream(0).tell({ users: 2 }, 5);
  expect(client.getQueryData(silenceQuery.queryKey)).toBe(Date.now() - 5_000);
  expect(knownAt()).toBe(before);
  stream(0).tell();
  expect(knownAt()).toBe(Date.now());
});

test("a page that is left hears nothing more", () => {
  stop();
  expect(stream(0).readyState).toBe(Stream.CLOSED);
  vi.advanceTimersByTime(60_000);
  expect(Stream.opened).toHaveLength(1);
});

test("a first answer that was on its way when something changed is asked for again", async () => {
  stream(0).tell();
  const answers: ((value: string) => void)[] = [];
  const queryFn = () => new Promise<string>((resolve) => answers.push(resolve));
  const observer = new QueryObserver(client, { queryKey: ["sync", "summary", "u1"], queryFn });
  const leave = observer.subscribe(() => undefined);
  stream(0).tell({ log: 2 });
  expect(answers).toHaveLength(1);
  answers[0]?.("before");
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  answers[1]?.("after");
  await vi.waitFor(() => expect(observer.getCurrentResult().data).toBe("after"));
  leave();
});
