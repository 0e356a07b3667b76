import "./keep-dispatcher";
import { isIP } from "node:net";
import { Agent, type Dispatcher, request } from "undici";
import { permitsFor } from "./addresses";
import { checkedConnector, type Lookup, refusal } from "./connector";
import { keepDispatcher } from "./keep-dispatcher";
import { AddressRefused } from "./unanswered";

export { type Unanswered, whyUnanswered } from "./unanswered";

keepDispatcher();

/**
 * The most that an answer may hold, in bytes. The largest of use names the rows of a batch, well under 1 MB; a larger
 * limit would let a site fill the server's memory, as text and once more as JSON.
 */
const LARGEST_ANSWER = 4_000_000;

/** What Node's own servers and clients bear. Real answers have 1 or 2 kB of headers. */
const LARGEST_HEADERS = 16_384;

/** Callers give up sooner by their own signals; this ends what somebody forgot to bound. */
const SILENCE_MS = 60_000;

/**
 * How long a connection is kept when the site does not say. Shorter, and every other edit would begin with a
 * handshake; longer, and firewalls on the way forget it.
 */
const KEEP_ALIVE_MS = 30_000;

/** The one way by which requests reach sites. */
export interface Outgoing {
  /**
   * `fetch` with text or bytes, without redirects, compression, caches and proxies, which connects to permitted
   * addresses only. Answers are read to their end before they are handed over, and may have 4 MB. Callers bound the
   * time by their signal; `whyUnanswered` reads what it fails with.
   */
  fetch: typeof fetch;
  /** Why a URL would be refused, as far as it can be told without looking up its name; null for no reason. */
  objectionTo(url: string): string | null;
}

/** `allowed` are addresses, ranges and host names beyond the public internet, as ROSTER_ALLOW_PRIVATE_SITES has them. */
export function createOutgoing(allowed: readonly string[], lookup?: Lookup): Outgoing {
  const permits = permitsFor(allowed);
  const agent = new Agent({
    connect: checkedConnector(permits, lookup),
    allowH2: false,
    // As many as callers want at once: a limit would let one site wait for another one at the same host.
    connections: null,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxResponseSize: LARGEST_ANSWER,
    maxHeaderSize: LARGEST_HEADERS,
    headersTimeout: SILENCE_MS,
    bodyTimeout: SILENCE_MS,
  });
  return {
    fetch: (input, init) => fetchFrom(agent, input, init),
    objectionTo: (url) => {
      const { protocol, hostname } = new URL(url);
      const host = hostname.replace(/^\[|\]$/g, "");
      const address = /(^|\.)localhost\.?$/.test(host) ? "127.0.0.1" : host;
      const destination = { protocol, hostname: host };
      if (isIP(address) === 0 || permits(destination, address)) return null;
      return refusal(destination, [address], permits).message;
    },
  };
}

const shared = new Map<string, Outgoing>();

/** The same for everybody in this process who allows the same, so that connections are kept and used again. */
export function sharedOutgoing(allowed: readonly string[]): Outgoing {
  const name = allowed.join();
  const outgoing = shared.get(name) ?? createOutgoing(allowed);
  shared.set(name, outgoing);
  return outgoing;
}

async function fetchFrom(agent: Agent, input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const { method = "GET", body = null, signal = null } = init;
  const url = new URL(String(input));
  if (!/^https?:$/.test(url.protocol)) throw new AddressRefused("Roster connects to sites by https only.");
  if (body !== null && typeof body !== "string" && !(body instanceof Uint8Array))
    throw new TypeError("Only text and bytes are sent to sites");
  const headers = { ...USUAL_HEADERS, ...Object.fromEntries(new Headers(init.headers)) };
  try {
    return await readAnswer(await request(url, { dispatcher: agent, method, headers, body, signal }));
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw new TypeError("fetch failed", { cause });
  }
}

// What a compressed answer holds is not bounded by its length. Some firewalls refuse whoever has no name.
const USUAL_HEADERS = { accept: "*/*", "accept-encoding": "identity", "user-agent": "Roster" };

async function readAnswer({ statusCode: status, headers, body }: Dispatcher.ResponseData): Promise<Response> {
  if ((headers["content-encoding"] ?? "identity") !== "identity") {
    await body.dump({ limit: 0 });
    throw Object.assign(new Error("The answer is compressed"), { code: "ANSWER_COMPRESSED" });
  }
  const bytes = await body.arrayBuffer();
  const pairs = Object.entries(headers).flatMap(([name, values = []]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
  return new Response(bytes.byteLength > 0 ? bytes : null, { status, headers: pairs });
}
