import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Found } from "@/tests/e2e/support/planted/search";

/** What a site says when it fails, and in what way; it knows its own secrets. */
type Say = (secret: string, request: string) => Partial<Saying>;

interface Saying {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Breaks the connection off in the middle of the body. */
  broken: boolean;
}

const json = { "content-type": "application/json" };

/** An answer in PostgREST's words and in those of webhook receivers. */
function error(status: number, code: string, message: string, details = message): Partial<Saying> {
  const body = JSON.stringify({ success: false, code, message, details, hint: message, error: message });
  return { status, headers: json, body };
}

/** Every way in which a site may give its own secrets away. */
const SAYINGS: Record<string, Say> = {
  "in a message": (secret) => error(400, "22000", `bad header apikey: ${secret}`),
  "in an echo of the request": (_secret, request) => error(500, "XX000", request),
  "in an echo of the request as a web page": (_secret, request) => ({
    status: 500,
    headers: { "content-type": "text/html" },
    body: `<html><pre>${request}</pre></html>`,
  }),
  "in JSON that does not end": (secret) => ({
    status: 400,
    headers: json,
    body: `{"message": "no ${secret}`,
  }),
  "in details": (secret) => error(409, "23505", "duplicate", `Key (email)=(${secret}) already exists.`),
  "in base64": (secret) => error(403, "42501", Buffer.from(`key ${secret}`).toString("base64")),
  "in hex and in a URL": (secret) =>
    error(400, "42703", `${Buffer.from(secret).toString("hex")} ${encodeURIComponent(secret)}`),
  "in part": (secret) =>
    error(400, "P0001", `begins with ${secret.slice(4, 24)} and ends with ${secret.slice(-20)}`),
  "in a refusal": (secret) => error(401, "PGRST301", `Invalid API key: ${secret}`),
  "in a code": (secret) => error(400, secret, "see the code"),
  "in a code like that of TLS": (secret) => error(502, `CERT_${secret}`, "see the code"),
  "in a redirect": (secret) => ({ status: 307, headers: { location: `/elsewhere?apikey=${secret}` } }),
  "in a row": (secret) => ({ status: 200, headers: json, body: JSON.stringify([{ id: secret }]) }),
  "in headers": (secret) => ({
    status: 503,
    headers: { ...json, "retry-after": secret, "x-key": secret, "content-type": `application/${secret}` },
    body: "{}",
  }),
  "where the message is cut": (secret) => error(400, "22000", `${"x".repeat(285)}${secret}`),
  "on two lines": (secret) => error(422, "22000", `${secret.slice(0, 22)}\n${secret.slice(22)}`),
  "in an answer that breaks off": (secret) => ({ status: 400, headers: json, body: secret, broken: true }),
  "in a bearer token": (secret) => error(422, "23514", `authorization: Bearer ${secret}`),
};

export const SAYING_NAMES = Object.keys(SAYINGS);

export interface EchoSites {
  /** The URL of a site that fails in the named way. */
  url(saying: string, secret: string): string;
  /** What every site was sent, as `site <secret>`. */
  received: (Found & { secret: string })[];
  close(): Promise<void>;
}

/** Sites on 127.0.0.1 that fail and give their secrets away. */
export async function startEchoSites(): Promise<EchoSites> {
  const sites: { saying: string; secret: string }[] = [];
  const received: EchoSites["received"] = [];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await request.toArray()).join("");
    const text = `${request.method} ${request.url}\n${JSON.stringify(request.headers)}\n${body}`;
    const site = sites[Number(/^\/(\d+)/.exec(request.url ?? "")?.[1])];
    received.push({ what: `a request to ${site?.saying}`, text, secret: site?.secret ?? "" });
    const saying = (site && SAYINGS[site.saying]?.(site.secret, text)) ?? { status: 404 };
    response.writeHead(saying.status ?? 500, saying.headers);
    if (!saying.broken) return void response.end(saying.body);
    response.write(saying.body);
    setImmediate(() => response.destroy());
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    received,
    url: (saying, secret) => `http://127.0.0.1:${port}/${sites.push({ saying, secret }) - 1}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
