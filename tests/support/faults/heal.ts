import { setTimeout as sleep } from "node:timers/promises";
import type { Arena } from "@/tests/support/faults/arena";
import type { Crew } from "@/tests/support/faults/crew";
import { wrongEffectsSince } from "@/tests/support/faults/effects";
import { differences } from "@/tests/support/faults/truth";

export interface HealOptions {
  /** How long it may take until all is equal and true. */
  healMs: number;
  /** Is told every 10 s what still differs. */
  onProgress?: (text: string) => void;
}

const PROGRESS_MS = 10_000;
const SHOWN = 12;

/** Ends all faults and waits until every site is equal and every status true; throws with what is not in the end. */
export async function heal(arena: Arena, crew: Crew, { healMs, onProgress }: HealOptions): Promise<void> {
  for (const { proxy } of arena.everySite) await proxy.set({ kind: "none" });
  crew.thaw();
  const began = Date.now();
  let said = began;
  for (let round = 0; ; round++) {
    await crew.replenish();
    const found = await differences(arena);
    if (found.length === 0) break;
    const now = Date.now();
    if (now - began > healMs) throw new Error(`Different after ${healMs} ms of healing: ${list(found)}`);
    if (now - said >= PROGRESS_MS) {
      said = now;
      onProgress?.(`healing for ${Math.round((now - began) / 1_000)} s: ${list(found)}`);
    }
    // As somebody who watches would: blocked sites are tested, users who were refused retried, held removals approved.
    if (round % 10 === 4) await encourage(arena);
    await sleep(100);
  }
  const wrong = await wrongEffectsSince(arena);
  if (wrong.length > 0) throw new Error(`Effects at endpoints that are not right: ${list(wrong)}`);
}

async function encourage(arena: Arena): Promise<void> {
  await arena.ask(async (sql) => {
    await sql`select site_unblock(id) from connected_sites where health = 'blocked'`;
    await sql`select sync_retry(null, null)`;
    await sql`select removals_approve(null, null, 10000)`;
  });
}

function list(found: readonly string[]): string {
  const more = found.length > SHOWN ? [`… and ${found.length - SHOWN} more`] : [];
  return [`${found.length}`, ...found.slice(0, SHOWN), ...more].join("\n  ");
}
