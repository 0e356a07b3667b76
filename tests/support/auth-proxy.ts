import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers a request instead of the project; undefined passes it on. */
type Answer = (request: {
  method: string;
  url: URL;
  headers: IncomingMessage["headers"];
  body: string;
}) => Response | Promise<Response> | undefined;

export interface AuthProxy {
  url: string;
  /** Sets what is answered here and not by the project. */
  answer(how: Answer): void;
  close(): Promise<void>;
}

/** Stands before a project's API, for what its Auth can do on hosted projects and the embedded one cannot. */
export async function startAuthProxy(projectUrl: string): Promise<AuthProxy> {
  let answer: Answer = () => undefined;
  const server = createServer(async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray()).toString();
    const { method = "GET", headers } = incoming;
    const url = new URL(incoming.url ?? "/", projectUrl);
    const { host: _, connection: __, "content-length": ___, ...passed } = headers;
    const response =
      (await answer({ method, url, headers, body })) ??
      (await fetch(url, {
        method,
        headers: passed as Record<string, string>,
        ...(["GET", "HEAD"].includes(method) ? {} : { body }),
      }));
    const {
      "content-encoding": ____,
      "transfer-encoding": _____,
      ...kept
    } = Object.fromEntries(response.headers);
    outgoing.writeHead(response.status, kept).end(await response.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: (how) => {
      answer = how;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
