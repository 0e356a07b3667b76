import type { WebhookBody } from "@/lib/sync/core/webhook-message";

/** What came of a message. */
export type Reception = "stored" | "again" | "older";

/** A message that was stored. */
export interface Effect {
  webhookId: string;
  userId: string;
  event: WebhookBody["event"];
  updatedAt: string;
  /** All that it says of the user. */
  text: string;
}

/**
 * The users of a site with an endpoint, kept as docs/receiving-users.md tells: a `webhook-id` that was stored is skipped,
 * and an older `updated_at` never goes over a newer one. Who left stays known by the time of it.
 */
export class ReceivedUsers {
  readonly #stored = new Set<string>();
  readonly #users = new Map<string, WebhookBody>();
  #effects: Effect[] = [];
  /** How many messages were stored, came again and were too old. */
  readonly counts: Record<Reception, number> = { stored: 0, again: 0, older: 0 };

  receive(webhookId: string, body: WebhookBody): Reception {
    const reception = this.#store(webhookId, body);
    this.counts[reception]++;
    return reception;
  }

  /** The users who may come in. */
  active(): Map<string, WebhookBody> {
    return new Map([...this.#users].filter(([, { event }]) => event === "user.upserted"));
  }

  /** What was stored since this was last called. */
  takeEffects(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #store(webhookId: string, body: WebhookBody): Reception {
    const { id: userId, event, updated_at: updatedAt } = body;
    if (this.#stored.has(webhookId)) return "again";
    if (userId === null) throw new Error("A message about nobody");
    const before = this.#users.get(userId);
    if (before && microseconds(before.updated_at) > microseconds(updatedAt)) return "older";
    this.#stored.add(webhookId);
    this.#users.set(userId, body);
    this.#effects.push({ webhookId, userId, event, updatedAt, text: JSON.stringify(body) });
    return "stored";
  }
}

/** A time of the API in microseconds since 1970: a JavaScript date would lose the last three digits. */
export function microseconds(time: string): number {
  const [, seconds, fraction = "", zone] = /^(.*:\d\d)(?:\.(\d+))?(Z|[+-].*)$/.exec(time) ?? [];
  return Date.parse(`${seconds}${zone}`) * 1_000 + Number(fraction.padEnd(6, "0").slice(0, 6));
}
