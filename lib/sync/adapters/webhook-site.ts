import { createHash, randomUUID } from "node:crypto";
import { type Outgoing, whyUnanswered } from "../../outgoing";
import type { Failure } from "../core/failure";
import { OneByOne } from "../core/one-by-one";
import type { Target } from "../core/plan";
import { classifyWebhook, readAnswer, type WebhookAnswer } from "../core/webhook-answer";
import { pingBody, readSecret, signedRequest, userBody, type WebhookBody } from "../core/webhook-message";
import type { LeasedSite, SiteWriter, WriteResult } from "../ports";
import { retryAfterSeconds } from "./site-fetch";

/**
 * Requests on their way to one receiver at once. Fewer would leave a site that is far away mostly waiting; more would
 * exhaust the database connections of the small servers and serverless functions that receivers are.
 */
const CONCURRENCY = 10;
/** A claim is one worker's to finish: at 100 users a slow receiver is done in seconds and a crash repeats little. */
const LARGEST_BATCH = 100;
/** As long as a Supabase site may take. A receiver should store one row and answer, in milliseconds. */
const TIMEOUT_MS = 15_000;

export interface WebhookSiteOptions {
  site: Pick<LeasedSite, "id" | "url" | "failures">;
  /** Signing secrets, `whsec_…`: the present one first, then those that were replaced and are still valid. */
  secrets: readonly string[];
  outgoing: Outgoing;
  /** Fires when requests on their way are to be given up; the calls throw then. */
  aborting: AbortSignal;
  timeoutMs?: number;
}

type Post = (id: string, body: WebhookBody) => Promise<WebhookAnswer>;
type UserEvent = "user.upserted" | "user.removed";

/** Sends a site one signed message per user. Throws when a secret is none. */
export function createWebhookSite(options: WebhookSiteOptions): SiteWriter {
  const { site } = options;
  const post = poster(options);
  let inTrouble = site.failures > 0;
  const write = async (event: UserEvent, targets: readonly Target[]): Promise<WriteResult> => {
    const life = inTrouble ? await ping(post) : null;
    inTrouble = false;
    if (life?.kind === "down") return { kind: "failed", failure: life.failure, untried: idsOf(targets) };
    const wasUp = life?.kind === "up" && targets.length === 1;
    const sending = new OneByOne(targets, { mostSuspects: CONCURRENCY, wasUp });
    await sendAll(sending, (target) => post(messageId(site.id, event, target), userBody(event, target.row)));
    const { failure, untried, ...replies } = sending.close();
    return failure ? { kind: "failed", failure, before: replies, untried } : { kind: "answered", ...replies };
  };
  return {
    largestBatch: LARGEST_BATCH,
    upsert: (targets) => write("user.upserted", targets),
    remove: (targets) => write("user.removed", targets),
  };
}

/**
 * The same for every delivery of the same thing, so that receivers can tell a repetition. A sync asked for by hand is
 * another thing: whoever asks believes that the receiver is not as it should be.
 */
function messageId(siteId: string, event: UserEvent, { userId, row, runId }: Target): string {
  const thing = JSON.stringify([siteId, userId, event, row.updated_at, runId]);
  return `msg_${createHash("sha256").update(thing).digest("base64url").slice(0, 32)}`;
}

function poster({ site, secrets, outgoing, aborting, timeoutMs = TIMEOUT_MS }: WebhookSiteOptions): Post {
  const keys = secrets.map(readSecret);
  return async (id, body) => {
    const signal = AbortSignal.any([aborting, AbortSignal.timeout(timeoutMs)]);
    try {
      const request = signedRequest(id, new Date(), body, keys);
      const response = await outgoing.fetch(site.url, { ...request, signal });
      return { ...(await readAnswer(response)), retryAfterSeconds: retryAfterSeconds(response) };
    } catch (error) {
      // Given up by us: nothing is known of the site, and what was on its way is in doubt.
      if (aborting.aborted) throw new Error("The request was given up", { cause: error });
      return { status: 0, ...whyUnanswered(error) };
    }
  };
}

type Life = { kind: "up" } | { kind: "unknown" } | { kind: "down"; failure: Failure };

/** Asks a site in trouble whether it is there, so that the next user's failure can be told from the site's. */
async function ping(post: Post): Promise<Life> {
  const answer = await post(`ping_${randomUUID()}`, pingBody(new Date()));
  const failure = classifyWebhook(answer);
  if (failure && (answer.status === 0 || failure.code === "throttled")) return { kind: "down", failure };
  // Receivers that do not know "ping" may well fail on it and still take users.
  return { kind: failure?.code === "unreachable" ? "unknown" : "up" };
}

/** Sends everybody until the site as a whole fails; who was on the way then is waited for. */
async function sendAll(sending: OneByOne, post: (target: Target) => Promise<WebhookAnswer>): Promise<void> {
  const lane = async () => {
    for (let target = sending.next(); target; target = sending.next()) {
      sending.record(target, await post(target));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
}

function idsOf(targets: readonly Target[]): Set<string> {
  return new Set(targets.map(({ userId }) => userId));
}
