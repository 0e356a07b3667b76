import { request as send } from "node:http";
import { text } from "node:stream/consumers";
import type { BrowserContext } from "@playwright/test";

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Sends what neither browsers nor fetch would: any method, and a path exactly as it is written. */
export async function rawRequest(
  origin: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  return await new Promise((resolve, reject) => {
    send({ hostname, port, method, path, headers, agent: false, timeout: 10_000 }, (response) => {
      const seen = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(seen), body }),
        reject,
      );
    })
      .once("error", reject)
      .end();
  });
}

/** Asks as this browser would, with its cookies. */
export async function ask(
  context: BrowserContext,
  origin: string,
  path: string,
  more: Record<string, string> = {},
) {
  const cookies = (await context.cookies(origin)).map(({ name, value }) => `${name}=${value}`);
  return await rawRequest(origin, "GET", path, { cookie: cookies.join("; "), ...more });
}

/** The addresses of the scripts and styles that a page loads. */
export async function filesOf(context: BrowserContext, origin: string): Promise<string[]> {
  const { body } = await ask(context, origin, "/users");
  return [...new Set([...body.matchAll(/\/_next\/static\/[\w./-]+\.(?:js|css)/g)].map(([file]) => file))];
}
