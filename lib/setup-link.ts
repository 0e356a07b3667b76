import { setTimeout as sleep } from "node:timers/promises";
import { connectCentre } from "@/lib/centre";
import type { Env } from "@/lib/env";
import { processLog } from "@/lib/log";
import { createSetupToken } from "@/lib/session/joining";

/** Between attempts to reach a centre that is not up yet: the link is there soon after it is. */
const RETRY_MS = 5_000;

/**
 * While there is no owner, prints the link that makes the first one. Whoever can read this server's log may set it up.
 * The link works once, for a day, at any server of this installation; each start prints another.
 */
export async function printSetupLink(settings: Env): Promise<void> {
  for (let warned = false; ; warned = true) {
    try {
      const token = await createSetupToken(connectCentre(settings));
      if (token !== null) process.stdout.write(setupText(ownAddress(settings), token));
      return;
    } catch (err) {
      if (!warned) processLog().warn({ err }, "the centre cannot be asked for its owner yet");
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  }
}

function ownAddress({ publicUrl }: Env): string {
  return publicUrl ?? `http://127.0.0.1:${process.env.PORT ?? 3000}`; // Next sets PORT to the one it listens on
}

function setupText(origin: string, token: string): string {
  return [
    "",
    "  Roster has no owner yet. Open this link to become the first one. It works once, for 24 hours:",
    "",
    `  ${origin}/setup?token=${token}`,
    "",
    "",
  ].join("\n");
}
