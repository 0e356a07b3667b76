import { type Outgoing, type Unanswered, whyUnanswered } from "../../outgoing";
import type { BatchRows } from "../ports";

/** What the last request showed that supabase-js does not pass on. */
interface LastAnswer {
  unanswered?: Unanswered;
  /** The request was given up by us. */
  aborted?: boolean;
  /** The answer was not JSON, so it did not come from a Supabase API. */
  foreign: boolean;
  retryAfterSeconds?: number | undefined;
}

export interface SiteFetch {
  fetch: Outgoing["fetch"];
  last(): LastAnswer;
  /** Sends this in place of what supabase-js would make of the rows in the one request of `call`. */
  withBody<T>(body: string | Uint8Array<ArrayBuffer>, call: () => PromiseLike<T>): Promise<T>;
  /**
   * The same, for the bytes of the answer. Where they are what named these rows before, supabase-js is shown an empty list
   * in their place: to make a thousand objects of them took longer than all else that is done for a batch.
   */
  exchange<T>(rows: BatchRows, call: () => PromiseLike<T>): Promise<Exchanged<T>>;
}

interface Exchanged<T> {
  result: T;
  /** Of the answer, where there was one. */
  bytes: Uint8Array | undefined;
  isKnown: boolean;
}

/**
 * How long a site may take for one request, in milliseconds. PostgREST gives up after 8 s by itself; less than that
 * would call slow writes failed that then land, more lets a black hole hold a worker's slot for longer.
 */
const TIMEOUT_MS = 15_000;

export interface SiteFetchOptions {
  outgoing: Outgoing;
  /** Fires when requests on their way are to be given up. */
  aborting: AbortSignal;
  timeoutMs?: number;
}

/** A fetch for one site whose requests follow each other: bounded in time, never redirected, observed. */
export function siteFetch({ outgoing, aborting, timeoutMs = TIMEOUT_MS }: SiteFetchOptions): SiteFetch {
  let last: LastAnswer = { foreign: false };
  let instead: string | Uint8Array<ArrayBuffer> | undefined;
  let reading: { rows: BatchRows; bytes?: Uint8Array; isKnown: boolean } | undefined;
  const withBody: SiteFetch["withBody"] = async (body, call) => {
    instead = body;
    try {
      return await call();
    } finally {
      instead = undefined;
    }
  };
  return {
    last: () => last,
    withBody,
    exchange: async (rows, call) => {
      reading = { rows, isKnown: false };
      try {
        const result = await withBody(rows.body, call);
        return { result, bytes: reading.bytes, isKnown: reading.isKnown };
      } finally {
        reading = undefined;
      }
    },
    fetch: async (input, init) => {
      const signals = [aborting, AbortSignal.timeout(timeoutMs)];
      const signal = AbortSignal.any(init?.signal ? [...signals, init.signal] : signals);
      try {
        const body = instead === undefined ? {} : { body: instead };
        const response = await outgoing.fetch(input, { ...init, ...body, signal });
        last = { foreign: isForeign(response), retryAfterSeconds: retryAfterSeconds(response) };
        if (!reading || !response.ok) return response;
        const bytes = new Uint8Array(await response.arrayBuffer());
        const known = reading.rows.namedBy; // now: the answer of another site may have come meanwhile
        reading.bytes = bytes;
        reading.isKnown = known !== undefined && Buffer.compare(bytes, known) === 0;
        return new Response(reading.isKnown ? "[]" : bytes.byteLength > 0 ? bytes : null, response);
      } catch (error) {
        last = { foreign: false, unanswered: whyUnanswered(error), aborted: aborting.aborted };
        throw error;
      }
    },
  };
}

function isForeign(response: Response): boolean {
  const type = response.headers.get("content-type");
  return type !== null && !type.includes("json");
}

/** Seconds of a Retry-After header (RFC 9110, 10.2.3), which holds seconds or a date. */
export function retryAfterSeconds(response: Response): number | undefined {
  const header = response.headers.get("retry-after");
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
