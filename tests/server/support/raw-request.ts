import { type IncomingMessage, request } from "node:http";

export interface RawRequest {
  method: string;
  /** Sent as it is; nothing is resolved or encoded. */
  path: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer | undefined;
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

const PATIENCE_MS = 20_000;

/**
 * Sends a request to a server of this machine as no browser and no `fetch` would. Of an event stream only the head is
 * read. Throws when no answer comes.
 */
export function sendRaw(port: number, { method, path, headers = {}, body }: RawRequest): Promise<RawAnswer> {
  // Node leaves out the length of what a DELETE sends, and the server takes it for the next request.
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return new Promise((resolve, refuse) => {
    const options = { host: "127.0.0.1", port, method, path, headers: { ...length, ...headers }, signal };
    const sending = request(options, (answer) => void read(answer).then(resolve, refuse));
    sending.once("error", refuse);
    sending.end(body);
  });
}

async function read(answer: IncomingMessage): Promise<RawAnswer> {
  const { statusCode: status = 0, headers } = answer;
  if (headers["content-type"] === "text/event-stream") {
    answer.destroy();
    return { status, headers, text: "" };
  }
  return { status, headers, text: Buffer.concat(await answer.toArray()).toString() };
}
