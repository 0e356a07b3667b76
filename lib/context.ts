import type { Logger } from "pino";
import type { Actor } from "@/lib/access/access";
import type { Centre } from "@/lib/centre";
import type { Sealer } from "@/lib/secrets/sealer";

/** What a service verb may use besides its input. */
export interface Context {
  requestId: string;
  actor: Actor;
  /** The central Supabase project, with the secret key. */
  centre: Centre;
  centreUrl: string;
  sealer: Sealer;
  /** Call after a write that the engine must act upon. */
  wake(): void;
  log: Logger;
  /** Fires when the caller has gone. */
  signal: AbortSignal;
}
