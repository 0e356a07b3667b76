import { OneByOne } from "@/lib/sync/core/one-by-one";
import type { Target } from "@/lib/sync/core/plan";
import { classifyWebhook, type WebhookAnswer } from "@/lib/sync/core/webhook-answer";
import { pingBody, userBody, type WebhookBody } from "@/lib/sync/core/webhook-message";
import type { LeasedSite, SiteWriter, WriteResult } from "@/lib/sync/ports";

const CONCURRENCY = 10;
const LARGEST_BATCH = 100;

/** What stands in a `webhook-id`, legibly. */
export interface MessageName {
  siteId: string;
  userId: string;
  event: string;
  updatedAt: string;
  runId: string | null;
}

/** Sends a message on a journey of its own; what comes back is the answer. */
export type Post = (webhookId: string, body: WebhookBody) => Promise<WebhookAnswer>;

/** `createWebhookSite` without HTTP and signatures: one message per user, several at a time, judged by `OneByOne`. */
export function endpointWriter(site: LeasedSite, post: Post): SiteWriter {
  let inTrouble = site.failures > 0;
  const write = async (
    event: "user.upserted" | "user.removed",
    targets: readonly Target[],
  ): Promise<WriteResult> => {
    const pinged = inTrouble ? await post("ping", pingBody(new Date(0))) : null;
    inTrouble = false;
    const down = pinged && (pinged.status === 0 || pinged.status === 429) ? classifyWebhook(pinged) : null;
    if (down) return { kind: "failed", failure: down, untried: new Set(targets.map(({ userId }) => userId)) };
    const wasUp = pinged !== null && classifyWebhook(pinged)?.code !== "unreachable" && targets.length === 1;
    const sending = new OneByOne(targets, { mostSuspects: CONCURRENCY, wasUp });
    const lane = async () => {
      for (let target = sending.next(); target; target = sending.next()) {
        const { userId, row, runId } = target;
        const name: MessageName = { siteId: site.id, userId, event, updatedAt: row.updated_at, runId };
        sending.record(target, await post(JSON.stringify(name), userBody(event, row)));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
    const { failure, untried, ...replies } = sending.close();
    return failure ? { kind: "failed", failure, before: replies, untried } : { kind: "answered", ...replies };
  };
  return {
    largestBatch: LARGEST_BATCH,
    upsert: (targets) => write("user.upserted", targets),
    remove: (targets) => write("user.removed", targets),
  };
}
