import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** What a site's API does instead of answering as it should. */
export type Fault =
  | { kind: "none" }
  /** The request reaches the site that much later, unless the caller has given up by then. */
  | { kind: "delay"; milliseconds: number }
  /** The request reaches the site that much later, also when the caller has given up. */
  | { kind: "late"; milliseconds: number }
  /** Connections are accepted and nothing ever comes. */
  | { kind: "blackHole" }
  /** Connections are refused. */
  | { kind: "refuse" }
  /** Answers itself; the site sees nothing. */
  | { kind: "answer"; status: number; headers?: Record<string, string>; body?: string }
  | { kind: "throttle"; status: 429 | 503; retryAfterSeconds: number }
  /** The site does its work; the connection breaks before the first byte of the answer. */
  | { kind: "loseAnswer" }
  /** The site does its work; the connection breaks in the middle of the answer. */
  | { kind: "resetInBody" }
  /** The site does its work; the answer begins and then nothing more comes, on a connection that stays. */
  | { kind: "halfOpen" }
  /** The site does its work; the answer comes a byte a second. */
  | { kind: "drip" };

export type FaultName = Fault["kind"];

/** An HTTP proxy on 127.0.0.1 in front of one site's API, with faults that can be switched while it runs. */
export class SiteProxy {
  readonly #target: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #fault: Fault = { kind: "none" };
  /** Requests that arrived, and those of them that the site saw. */
  requests = 0;
  forwarded = 0;

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  static async start(target: string): Promise<SiteProxy> {
    const proxy = new SiteProxy(target);
    await proxy.#listen();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** From now on; what is on its way already ends as it began, but for connections that are refused. */
  async set(fault: Fault): Promise<void> {
    this.#fault = fault;
    if (fault.kind === "refuse") await this.#close();
    else if (!this.#server) await this.#listen();
    // Callers that still wait in a black hole learn that it is over, as when a broken machine is replaced.
    else if (fault.kind === "none") this.#breakConnections();
  }

  async close(): Promise<void> {
    await this.#close();
    this.#agent.destroy();
  }

  async #listen(): Promise<void> {
    const server = createServer((incoming, outgoing) => void this.#answer(incoming, outgoing));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: this.#port, host: "127.0.0.1" }, resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async #close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    this.#breakConnections();
    await closed;
  }

  #breakConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    this.requests++;
    const fault = this.#fault;
    try {
      const body = await buffer(incoming);
      switch (fault.kind) {
        case "blackHole":
        case "refuse":
          return;
        case "answer":
          outgoing.writeHead(fault.status, fault.headers).end(fault.body);
          return;
        case "throttle":
          outgoing.writeHead(fault.status, { "retry-after": String(fault.retryAfterSeconds) }).end();
          return;
        case "delay":
        case "late":
          await sleep(fault.milliseconds);
          if (fault.kind === "late" || !outgoing.destroyed)
            await this.#forward(incoming, body, outgoing, fault.kind);
          return;
        default:
          await this.#forward(incoming, body, outgoing, fault.kind);
      }
    } catch {
      incoming.socket.destroy(); // the caller went away, or the site is not there
    }
  }

  async #forward(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse, fault: FaultName) {
    this.forwarded++;
    const answer = await this.#send(incoming, body);
    const content = await buffer(answer);
    if (fault === "loseAnswer") {
      incoming.socket.resetAndDestroy();
      return;
    }
    const { "transfer-encoding": _, connection: __, ...headers } = answer.headers;
    outgoing.writeHead(answer.statusCode ?? 502, { ...headers, "content-length": content.length });
    if (fault === "resetInBody" || fault === "halfOpen") {
      outgoing.write(content.subarray(0, Math.floor(content.length / 2)));
      if (fault === "resetInBody") setImmediate(() => incoming.socket.resetAndDestroy());
      return;
    }
    if (fault === "drip") await drip(outgoing, content);
    else outgoing.end(content);
  }

  #send(incoming: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    const { host: _, ...headers } = incoming.headers;
    return new Promise((resolve, reject) => {
      const options = { agent: this.#agent, method: incoming.method ?? "GET", headers };
      request(new URL(incoming.url ?? "/", this.#target), options, resolve)
        .once("error", reject)
        .end(body);
    });
  }
}

async function drip(outgoing: ServerResponse, content: Buffer): Promise<void> {
  for (const byte of content) {
    if (outgoing.destroyed) return;
    outgoing.write(Uint8Array.of(byte));
    await sleep(1_000);
  }
  outgoing.end();
}
