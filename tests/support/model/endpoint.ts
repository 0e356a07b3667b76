import type { SiteRow } from "@/lib/sync/core/plan";
import type { WebhookAnswer } from "@/lib/sync/core/webhook-answer";
import type { WebhookBody } from "@/lib/sync/core/webhook-message";
import type { SiteTrouble } from "@/tests/support/model/site";
import { ReceivedUsers } from "@/tests/support/received-users";

/** What an endpoint answers where a Supabase site would fail with this code. */
const STATUS: Readonly<Record<string, number>> = {
  unreachable: 0,
  throttled: 429,
  busy: 500,
  credentials_rejected: 401,
  project_paused: 540,
};

/** A webhook site in memory whose receiver does what docs/receiving-users.md tells. */
export class ModelEndpoint {
  readonly store = new ReceivedUsers();
  trouble: SiteTrouble = { kind: "none" };

  /** The users who are there, as far as an endpoint is told. */
  get rows(): ReadonlyMap<string, Omit<SiteRow, "created_at">> {
    const rows = new Map<string, Omit<SiteRow, "created_at">>();
    for (const [userId, { event: _, ...row }] of this.store.active())
      rows.set(userId, row as Omit<SiteRow, "created_at">);
    return rows;
  }

  /** Takes a message, in one transaction; the trouble is that of the moment when it arrives. */
  receive(webhookId: string, body: WebhookBody): WebhookAnswer {
    const { trouble } = this;
    switch (trouble.kind) {
      case "none":
        return this.#store(webhookId, body);
      case "fails": {
        if (trouble.lands) this.#store(webhookId, body);
        const { code, retryAfterSeconds } = trouble.failure;
        return { status: STATUS[code] ?? 500, retryAfterSeconds };
      }
      case "tooLarge":
        return trouble.most === 0 ? { status: 413 } : this.#store(webhookId, body);
      case "refuses":
        return trouble.userIds.has(body.id ?? "") ? { status: 422 } : this.#store(webhookId, body);
    }
  }

  #store(webhookId: string, body: WebhookBody): WebhookAnswer {
    const older = body.event !== "ping" && this.store.receive(webhookId, body) === "older";
    return { status: older ? 409 : 200 };
  }
}
