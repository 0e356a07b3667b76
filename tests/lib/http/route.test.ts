import { beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import type { Context } from "@/lib/context";
import type { Problem } from "@/lib/http/problem";
import { route } from "@/lib/http/route";
import { processLog } from "@/lib/log";
import { call, callJson, deadUrl, setEnvironment } from "@/tests/app/api/call";

const described = { id: "test", summary: "Tests.", answers: { 200: z.unknown() } };

beforeAll(async () => setEnvironment(await deadUrl(), "sb_secret_x"));

test("a handler gets path, query and body in one object, and its value is the answer", async () => {
  const options = {
    ...described,
    access: "public" as const,
    params: z.object({ id: z.string() }),
    query: z.strictObject({ limit: z.coerce.number() }),
    body: z.strictObject({ name: z.string() }),
    answers: { 201: z.unknown() },
  };
  const handler = route(options, (_ctx: Context, input) => input);
  const response = await call(handler, {
    method: "POST",
    path: "/?limit=5",
    params: { id: "a" },
    body: { name: "b" },
  });
  expect(response.status).toBe(201);
  expect(await response.json()).toEqual({ id: "a", limit: 5, name: "b" });
});

test("an unexpected error is logged once with the request id, and none of it is told", async () => {
  const logged = vi.spyOn(processLog(), "error").mockImplementation(() => undefined);
  const failure = new Error("password is hunter2");
  const handler = route({ ...described, access: "public", query: z.object({ search: z.string() }) }, () => {
    throw failure;
  });
  const response = await call(handler, { path: "/api/x?search=ada@example.com" });
  const text = await response.text();
  const problem = JSON.parse(text) as Problem;
  expect(problem).toMatchObject({ status: 500, code: "internal" });
  expect(text).not.toContain("hunter2");
  expect(logged).toHaveBeenCalledExactlyOnceWith(
    { requestId: problem.requestId, method: "GET", path: "/api/x", err: failure },
    "request failed",
  );
});

test("what a caller did wrong is not logged", async () => {
  const logged = vi.spyOn(processLog(), "error");
  logged.mockClear();
  const handler = route({ ...described, access: "public", body: z.strictObject({}) }, () => ({}));
  expect(await callJson(handler, { method: "POST", body: { a: 1 } })).toMatchObject({ status: 422 });
  expect(logged).not.toHaveBeenCalled();
});

describe("a streamed body over the limit", () => {
  test("is refused without being read to its end", async () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 100_000;
        controller.enqueue(new Uint8Array(100_000));
      },
    });
    const handler = route({ ...described, access: "public", body: z.strictObject({}) }, () => ({}));
    const init = { method: "POST", body, duplex: "half", headers: { "content-type": "application/json" } };
    const response = await handler(new Request("http://localhost/", init));
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(1_500_000);
  });
});
