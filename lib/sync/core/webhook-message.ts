import { Webhook } from "standardwebhooks";
import type { SiteRow } from "./plan";

export type WebhookEvent = "user.upserted" | "user.removed" | "ping";

/** What a webhook site's receiver is sent. Of a `ping`, which is about nobody, all of the user's fields are null. */
export type WebhookBody = { event: WebhookEvent; updated_at: string } & {
  [Column in Exclude<keyof SiteRow, "created_at" | "updated_at">]: SiteRow[Column] | null;
};

/** A message about one user. */
export function userBody(event: Exclude<WebhookEvent, "ping">, row: SiteRow): WebhookBody {
  const { id, clerk_user_id, email, full_name, role, team, department, updated_at } = row;
  return { event, id, clerk_user_id, email, full_name, role, team, department, updated_at };
}

/** A message that asks whether anybody is there who accepts our signature. */
export function pingBody(now: Date): WebhookBody {
  const nobody = { id: null, clerk_user_id: null, email: null, full_name: null, role: null };
  return { event: "ping", ...nobody, team: null, department: null, updated_at: now.toISOString() };
}

/**
 * A POST with the headers of https://www.standardwebhooks.com. Signed with every one of `secrets`, so that a receiver
 * accepts it that knows any of them: after a rotation these are the new one and the old one.
 */
export function signedRequest(id: string, sentAt: Date, body: object, secrets: readonly Webhook[]) {
  const text = JSON.stringify(body);
  const headers = {
    "content-type": "application/json",
    "user-agent": "Roster",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1000)),
    "webhook-signature": secrets.map((secret) => secret.sign(id, sentAt, text)).join(" "),
  };
  return { method: "POST", headers, body: text };
}

/** Reads a signing secret, `whsec_` and base64. Throws when it is none. */
export function readSecret(secret: string): Webhook {
  return new Webhook(secret);
}
