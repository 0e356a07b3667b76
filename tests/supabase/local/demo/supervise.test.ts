import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { type SuperviseOptions, supervise } from "@/supabase/local/demo/supervise";
import type { KeptProcess } from "@/supabase/local/kept-process";

/** A program that ends when the test says so. */
class Program implements KeptProcess {
  readonly #ending = Promise.withResolvers<string>();
  readonly ended = this.#ending.promise;
  #over = false;

  end(how: string): void {
    this.#over = true;
    this.#ending.resolve(how);
  }

  hasEnded(): boolean {
    return this.#over;
  }

  async stop(): Promise<void> {
    this.end("stopped");
  }
}

function setUp(change: Partial<SuperviseOptions> = {}) {
  const programs: Program[] = [];
  const events: string[] = [];
  const happened = async (count: number) => {
    await expect.poll(() => events.length).toBe(count);
  };
  const options: SuperviseOptions = {
    start: async () => {
      const program = new Program();
      programs.push(program);
      return program;
    },
    isUp: async () => !programs.at(-1)?.hasEnded(),
    onUp: async () => void events.push("up"),
    onDown: async (how) => void events.push(how),
    startMilliseconds: 1_000,
    pauseMilliseconds: 1,
    signal: new AbortController().signal,
    ...change,
  };
  return { programs, events, happened, options };
}

test("a program that ends is started again", async () => {
  const { programs, events, happened, options } = setUp();
  const stop = await supervise(options);
  programs[0]?.end("signal 9");
  await happened(3);
  expect(events).toEqual(["up", "signal 9", "up"]);
  await stop();
});

test("stopping ends the program and does not start another", async () => {
  const { programs, events, options } = setUp();
  const stop = await supervise(options);
  await stop();
  await sleep(20);
  expect(programs).toHaveLength(1);
  expect(programs[0]?.hasEnded()).toBe(true);
  expect(events).toEqual(["up"]);
});

test("a first start that fails is the caller's to hear of", async () => {
  const { programs, options } = setUp({ isUp: async () => false, startMilliseconds: 20 });
  await expect(supervise(options)).rejects.toThrow("no answer within 0.02 s");
  expect(programs[0]?.hasEnded()).toBe(true);
});

test("a program that ends before it answers is not waited for", async () => {
  const { programs, options } = setUp({
    isUp: async () => {
      programs[0]?.end("exit status 1");
      return false;
    },
  });
  await expect(supervise(options)).rejects.toThrow("exit status 1");
});

test("a later start that fails is tried again until one works", async () => {
  let attempts = 0;
  const { programs, events, happened, options } = setUp({
    isUp: async () => {
      attempts += 1;
      if (attempts > 1 && attempts < 4) programs.at(-1)?.end("exit status 1");
      return !programs.at(-1)?.hasEnded();
    },
  });
  const stop = await supervise(options);
  programs[0]?.end("signal 9");
  await happened(5);
  expect(events).toEqual(["up", "signal 9", "exit status 1", "exit status 1", "up"]);
  await stop();
});

test("an aborted first start ends the program", async () => {
  const aborting = new AbortController();
  const { programs, options } = setUp({ isUp: async () => false, signal: aborting.signal });
  const supervised = supervise(options);
  aborting.abort();
  await expect(supervised).rejects.toThrow("aborted");
  expect(programs[0]?.hasEnded()).toBe(true);
});
