import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A message as a webhook got it. */
interface Received {
  headers: Record<string, string>;
  text: string;
  body: { type: string; text: string; alert?: Record<string, unknown> };
}

/** An endpoint that keeps what it gets; `answer` is the status it gives. */
export async function startInbox() {
  const received: Received[] = [];
  const inbox = { received, answer: 200, url: "", close: async () => undefined as undefined };
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => {
      text += part;
    });
    request.on("end", () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      received.push({ headers, text, body: JSON.parse(text) });
      response.writeHead(inbox.answer).end("ok");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  inbox.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/T0/s3cret`;
  inbox.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    return undefined;
  };
  return inbox;
}
