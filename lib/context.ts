import type { Logger } from "pino";
import type { Actor } from "@/lib/access/actor";
import type { BrowserSession } from "@/lib/access/session";
import type { Centre } from "@/lib/centre";
import type { Outgoing } from "@/lib/outgoing";
import type { Sealer } from "@/lib/secrets/sealer";

/** What a service verb may use besides its input. */
export interface Context {
  requestId: string;
  actor: Actor;
  /** The client's IP address, null when it is not known. */
  address: string | null;
  /** The browser's session, for signing in and out; what it changes goes into the answer's cookies. */
  session: BrowserSession;
  /** The origin for links that lead back here. */
  origin: string;
  /** The central Supabase project, with the secret key; it is told who the actor is. */
  centre: Centre;
  /** The same for another actor: whoever signs in during this request. */
  centreAs(actor: Actor): Centre;
  centreUrl: string;
  sealer: Sealer;
  /** Throws what it would throw now, were the caller to come again: before each message of a long answer. */
  recheck(): Promise<void>;
  /** The way to the sites. */
  outgoing: Outgoing;
  /** Call after a write that the engine must act upon. */
  wake(): void;
  log: Logger;
  /** Fires when the caller has gone. */
  signal: AbortSignal;
}
