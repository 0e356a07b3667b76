import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openFrontDoor } from "@/lib/http/front-door";

let server: Server;
let behind: string[] = [];
let closeDoor: () => void;

beforeAll(async () => {
  closeDoor = openFrontDoor("https://roster.example.com");
  // Like Next: it finds the route of every request, and leaves alone what is answered.
  server = createServer(({ method, url }, response) => {
    behind.push(`${method} ${url}`);
    if (!response.writableEnded) response.end("hello");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  closeDoor();
});

async function send(method: string, path: string) {
  behind = [];
  const { port } = server.address() as AddressInfo;
  return await new Promise<{ status: number | undefined; headers: NodeJS.Dict<string | string[]> }>(
    (resolve, reject) => {
      const options = { host: "127.0.0.1", port, method, path, agent: false };
      const sent = request(options, (response) => {
        response
          .resume()
          .once("end", () => resolve({ status: response.statusCode, headers: response.headers }));
      });
      sent.once("error", reject).end();
    },
  );
}

test.each([
  ["GET", "/"],
  ["HEAD", "/users?search=%zz"],
  ["GET", "/users/%C3%A9"],
  ["POST", "/api"],
  ["DELETE", "/api/users/a%40b"],
  ["OPTIONS", "/api?x=1"],
])("%s %s goes on as it came, told to stay with https", async (method, path) => {
  const { status, headers } = await send(method, path);
  expect([status, behind]).toEqual([200, [`${method} ${path}`]]);
  expect(headers["strict-transport-security"]).toBe("max-age=63072000");
});

test.each([
  ["GET", "/api/users/x%zz", 400],
  ["GET", "/%c0%af", 400],
  ["TRACE", "/api/users", 501],
  ["PROPFIND", "/", 501],
  ["POST", "/", 405],
  ["DELETE", "/apis", 405],
  ["OPTIONS", "/users", 405],
])("%s %s is answered %i, and nobody behind sees it", async (method, path, status) => {
  const answer = await send(method, path);
  expect([answer.status, behind]).toEqual([status, ["GET /_next/static/"]]);
  expect(answer.headers).toMatchObject({
    "content-type": "application/problem+json",
    "x-frame-options": "DENY",
    "strict-transport-security": "max-age=63072000",
  });
});
