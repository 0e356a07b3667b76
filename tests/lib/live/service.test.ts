import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "@/lib/context";
import { pulses } from "@/lib/live/service";

const LOOK = Symbol.for("roster.pulse");
const forget = () => Reflect.deleteProperty(globalThis, LOOK);

beforeEach(forget);
afterEach(forget); // all pages of a process share it

/** A centre that answers a question when the test says so. */
function slowCentre() {
  const open: ((answer: unknown) => void)[] = [];
  const rpc = () => new Promise((resolve) => open.push(resolve));
  const data = { overview: { runId: null }, marks: { users: 1 } };
  const answer = async () => {
    await expect.poll(() => open.length).toBe(1);
    open.pop()?.({ data, error: null });
  };
  return { centre: { rpc }, answer };
}

test("a centre that stops answering is told of, with what was known; so is its next answer, though nothing is new", async () => {
  const { centre, answer } = slowCentre();
  const left = new AbortController();
  const ctx = { centre, recheck: async () => undefined } as unknown as Context;
  const told = pulses(ctx, left.signal, 0.05);
  const next = async () => (await told.next()).value;

  const first = next();
  await answer();
  const known = await first;
  expect(known).toMatchObject({ marks: { users: 1 }, silentSeconds: 0 });
  expect(await next()).toEqual({ ...known, silentSeconds: 0.05 });
  const last = next();
  await answer();
  expect(await last).toEqual(known);
  left.abort();
});
