import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import type { WebhookBody } from "@/lib/sync/core/webhook-message";
import { ReceivedUsers } from "@/tests/support/received-users";

/** 32 bytes, as Roster makes them. */
export const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

interface Delivery {
  id: string;
  headers: IncomingHttpHeaders;
  body: WebhookBody;
}

/** What a receiver does with a delivery instead of storing the user and saying so. */
type Respond = (delivery: Delivery, response: ServerResponse) => void;

export interface Receiver {
  url: string;
  /** What came with a valid signature, in the order of arrival. */
  deliveries: Delivery[];
  /** How many came at once at most. */
  mostAtOnce(): number;
  /** The users as a receiver has them that does what it is told. */
  users(): string[];
  /** The same with all that is known of them. */
  store: ReceivedUsers;
  respond(how: Respond): void;
  close(): Promise<void>;
}

/** A site's endpoint on 127.0.0.1 that verifies signatures, answering 401 to others. */
export async function startReceiver(secret = SECRET): Promise<Receiver> {
  const verifier = new Webhook(secret);
  const deliveries: Delivery[] = [];
  const store = new ReceivedUsers();
  let how: Respond = ({ id, body }, response) => {
    const older = body.event !== "ping" && store.receive(id, body) === "older";
    response.writeHead(older ? 409 : 200, { "content-type": "application/json" });
    response.end(
      JSON.stringify({ success: !older, message: older ? "There is a newer version." : "Stored." }),
    );
  };
  let now = 0;
  let most = 0;

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("close", () => now--);
    most = Math.max(most, ++now);
    const text = await request.toArray().then(
      (parts) => parts.join(""),
      () => null, // the sender went away
    );
    if (text === null) return;
    const body = verify(verifier, text, request.headers);
    if (!body) return void response.writeHead(401).end();
    const delivery = { id: String(request.headers["webhook-id"]), headers: request.headers, body };
    deliveries.push(delivery);
    how(delivery, response);
  }

  const server = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/users/sync`,
    deliveries,
    mostAtOnce: () => most,
    users: () => [...store.active().keys()].sort(),
    store,
    respond: (next) => {
      how = (delivery, response) => {
        response.on("finish", () => {
          const accepted = response.statusCode < 300 && delivery.body.event !== "ping";
          if (accepted) store.receive(delivery.id, delivery.body);
        });
        next(delivery, response);
      };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function verify(verifier: Webhook, text: string, headers: IncomingHttpHeaders): WebhookBody | null {
  try {
    return verifier.verify(text, headers as Record<string, string>) as WebhookBody;
  } catch {
    return null;
  }
}

/** Answers everything with a status. */
export function always(status: number, headers: Record<string, string> = {}, body = ""): Respond {
  return (_delivery, response) => response.writeHead(status, headers).end(body);
}
