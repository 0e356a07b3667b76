import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

/** A webhook receiver that verifies each signature, keeps the user in memory and says so. */
export async function startSink(secret: string) {
  const verifier = new Webhook(secret);
  const users = new Map<string, string>();
  let deliveries = 0;
  let refused = 0;

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    try {
      const { id, updated_at } = verifier.verify(text, request.headers as Record<string, string>) as Record<
        string,
        string
      >;
      users.set(String(id), String(updated_at));
      deliveries++;
      response.writeHead(200, { "content-type": "application/json" }).end('{"success":true}');
    } catch {
      refused++;
      response.writeHead(401).end();
    }
  }

  const server = createServer((request, response) => void receive(request, response));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests: () => ({ deliveries, refused, users: users.size }),
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
