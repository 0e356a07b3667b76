import type { RequestListener, ServerResponse } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { setImmediate } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test, vi } from "vitest";
import { createOutgoing, whyUnanswered } from "@/lib/outgoing";
import { type Listener, listenAt } from "@/tests/lib/outgoing/listeners";
import { outgoing } from "@/tests/support/outgoing";

const MEGABYTE = Buffer.alloc(1_000_000, "x");
const signal = () => AbortSignal.timeout(10_000);
const open: Listener[] = [];

afterEach(async () => {
  for (const listener of open.splice(0)) await listener.close();
});

async function serve(answer?: RequestListener): Promise<{ url: string; listener: Listener }> {
  const listener = await listenAt("127.0.0.1", 0, answer);
  open.push(listener);
  return { url: `http://127.0.0.1:${listener.port}/`, listener };
}

/** Answers one connection with these bytes. */
async function serveBytes(answer: string): Promise<string> {
  const server = createServer((socket) => {
    server.close();
    socket.once("data", () => socket.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Writes until the other side has gone; how much that was. */
async function writeForEver(response: ServerResponse): Promise<number> {
  let megabytes = 0;
  while (!response.destroyed && megabytes < 1_000) {
    response.write(MEGABYTE);
    megabytes++;
    await setImmediate();
  }
  return megabytes;
}

test("an answer without end is broken off after 4 MB", async () => {
  const written = Promise.withResolvers<number>();
  const { url } = await serve((_request, response) => void writeForEver(response).then(written.resolve));
  await expect(outgoing.fetch(url, { signal: signal() })).rejects.toMatchObject({
    cause: { code: "UND_ERR_RES_EXCEEDED_MAX_SIZE" },
  });
  expect(await written.promise).toBeLessThan(1_000);
});

test("an answer of almost 4 MB is taken", async () => {
  const { url } = await serve((_request, response) => response.end("x".repeat(3_999_999)));
  const response = await outgoing.fetch(url, { signal: signal() });
  expect((await response.text()).length).toBe(3_999_999);
});

test("headers above 16 kB are refused", async () => {
  const { url } = await serve((_request, response) => {
    response.writeHead(200, { "x-long": "x".repeat(20_000) }).end();
  });
  await expect(outgoing.fetch(url, { signal: signal() })).rejects.toMatchObject({
    cause: { code: "UND_ERR_HEADERS_OVERFLOW" },
  });
});

test("an answer is not asked for in compressed form, and one that comes so is not unpacked", async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const { url } = await serve(({ headers }, response) => {
    expect(headers["accept-encoding"]).toBe("identity");
    response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
  });
  await expect(outgoing.fetch(url, { signal: signal() })).rejects.toMatchObject({
    cause: { code: "ANSWER_COMPRESSED" },
  });
});

test("a request ends when its signal fires, also in the middle of an answer", async () => {
  const { url } = await serve((_request, response) => void response.writeHead(200).write("{"));
  const request = outgoing.fetch(url, { signal: AbortSignal.timeout(200) });
  await expect(request).rejects.toMatchObject({ name: "TimeoutError" });
});

test("requests that follow each other use a connection again", async () => {
  const { url, listener } = await serve();
  for (let time = 0; time < 20; time++) {
    const response = await outgoing.fetch(url, { method: "POST", body: "{}", signal: signal() });
    await response.text();
  }
  expect(listener.requests()).toBe(20);
  // The second may be opened before the first one's answer is quite over.
  expect(listener.sockets()).toBeLessThanOrEqual(2);
});

test.each([
  ["has no body", "HTTP/1.1 204 No Content\r\n\r\n", { status: 204, text: "" }],
  ["repeats a header", "HTTP/1.1 200 OK\r\nx-a: 1\r\nx-a: 2\r\n\r\n", { status: 200, text: "", a: "1, 2" }],
  ["has text in a header", "HTTP/1.1 200 OK\r\nx-a: é\r\n\r\nYes", { status: 200, text: "Yes", a: "Ã©" }],
])("an answer that %s is read", async (_what, answer, expected) => {
  const response = await outgoing.fetch(await serveBytes(answer), { signal: signal() });
  const seen = { status: response.status, text: await response.text(), a: response.headers.get("x-a") };
  expect(seen).toEqual({ a: null, ...expected });
});

test.each(["HTTP/1.1 999 No\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\r\nno name: 1\r\n\r\n"])(
  "an answer that is not HTTP (%j) is none, with a reason",
  async (answer) => {
    const request = outgoing.fetch(await serveBytes(answer), { signal: signal() });
    const error = await request.catch((reason: unknown) => reason);
    expect(whyUnanswered(error)).toEqual({
      code: expect.stringMatching(/^(RangeError|HTTPParserError|HPE_\w+)$/),
    });
  },
);

test("no proxy of the environment is used", async () => {
  const proxy = await serve();
  const { url } = await serve();
  for (const name of ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"]) vi.stubEnv(name, proxy.url);
  vi.stubEnv("NODE_USE_ENV_PROXY", "1");
  const response = await createOutgoing(["127.0.0.1"]).fetch(url, { signal: signal() });
  expect(await response.text()).toBe("hello");
  expect(proxy.listener.sockets()).toBe(0);
  vi.unstubAllEnvs();
});

test("Node's own fetch, which asks the centre, goes its way as before", async () => {
  // undici puts its agent there when it is loaded; it would hide a proxy that the operator has set up.
  const dispatcher: unknown = Reflect.get(globalThis, Symbol.for("undici.globalDispatcher.1"));
  expect(dispatcher?.constructor.name ?? "none yet").not.toBe("Dispatcher1Wrapper");
});
