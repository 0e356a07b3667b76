import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";

/** Something that listens, and counts who comes. */
export interface Listener {
  port: number;
  /** Connections that were accepted. */
  sockets(): number;
  requests(): number;
  close(): Promise<void>;
}

const hello: RequestListener = (_request, response) => response.end("hello");

/** Listens at an address; on port 0 at any free one. */
export async function listenAt(address: string, port = 0, answer = hello): Promise<Listener> {
  let sockets = 0;
  let requests = 0;
  const server: Server = createServer((request, response) => {
    requests++;
    answer(request, response);
  });
  server.on("connection", () => sockets++);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address, port, ipv6Only: address.includes(":") }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    sockets: () => sockets,
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Listens at every address of this machine, on one port; IPv6 where the machine has it. */
export async function listenEverywhere(): Promise<Listener> {
  const ipv4 = await listenAt("0.0.0.0");
  const ipv6 = hasIpv6() ? await listenAt("::", ipv4.port) : undefined;
  return {
    port: ipv4.port,
    sockets: () => ipv4.sockets() + (ipv6?.sockets() ?? 0),
    requests: () => ipv4.requests() + (ipv6?.requests() ?? 0),
    close: async () => {
      await ipv4.close();
      await ipv6?.close();
    },
  };
}

export function hasIpv6(): boolean {
  return localAddresses().includes("::1");
}

/** Addresses of this machine at which a connection arrives. */
export function localAddresses(): string[] {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const addresses = own.filter(({ scopeid }) => !scopeid).map(({ address }) => address);
  return [...new Set(["127.0.0.1", "127.1.2.3", "0.0.0.0", ...addresses])];
}

/** Connects without any check, and resolves once the connection stands. */
export async function knock(host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host, port }, () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}
