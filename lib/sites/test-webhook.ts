import { randomBytes, randomUUID } from "node:crypto";
import { type Outgoing, whyUnanswered } from "@/lib/outgoing";
import type { ConnectionCheck, ConnectionTest } from "@/lib/sites/credentials-schema";
import { redactedTest } from "@/lib/sites/redacted-test";
import { adviceFor, type Failure } from "@/lib/sync/core/failure";
import { classifyWebhook, readAnswer, type WebhookAnswer } from "@/lib/sync/core/webhook-answer";
import { pingBody, readSecret, signedRequest } from "@/lib/sync/core/webhook-message";

// An admin waits for this. A healthy endpoint answers two pings in a second.
const TIMEOUT_MS = 10_000;

export interface WebhookCredentials {
  url: string;
  /** The signing secret, and those that were replaced and are still valid. */
  present: string;
  previous: readonly string[];
}

interface TestOptions {
  outgoing: Outgoing;
  signal: AbortSignal;
}

type Ping = (...secrets: string[]) => Promise<{ answer: WebhookAnswer; failure: Failure | null }>;

/**
 * Sends an endpoint signed pings, which are about nobody, and says whether it answers, accepts the signature, and
 * refuses a wrong one. No secret is in any message.
 */
export async function testWebhook(
  { url, present, previous }: WebhookCredentials,
  options: TestOptions,
): Promise<ConnectionTest> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const ping: Ping = async (...secrets) => {
    const answer = await sendPing(url, secrets, { ...options, signal });
    return { answer, failure: classifyWebhook(answer) };
  };
  const first = await ping(present);
  // The site may not have been given the new secret yet.
  const old = first.failure && isAnswer(first.answer) && previous.length > 0 ? await ping(...previous) : null;
  const works = old && !old.failure ? old : first;
  const checks = [checkUrl(works.failure), checkSignature(works), checkAnswer(works)];
  const ok = works.failure === null;
  if (ok && works === old) checks[1] = OLD_SECRET;
  checks.push(ok ? await checkForgery(ping) : skipped("forgery"));
  return redactedTest({ ok, checks }, [present, ...previous]);
}

async function sendPing(
  url: string,
  secrets: readonly string[],
  { outgoing, signal }: TestOptions,
): Promise<WebhookAnswer> {
  const now = new Date();
  const request = signedRequest(`ping_${randomUUID()}`, now, pingBody(now), secrets.map(readSecret));
  try {
    return await readAnswer(await outgoing.fetch(url, { ...request, signal }));
  } catch (error) {
    return { status: 0, ...whyUnanswered(error), ...(signal.aborted && { code: "TimeoutError" }) };
  }
}

/** Refusals of the endpoint itself, among which receivers choose to refuse a signature. */
function isAnswer({ status }: WebhookAnswer): boolean {
  return status >= 400 && status < 500;
}

/** Failures that say that no endpoint of the site was reached. */
const NOT_REACHED: readonly Failure["code"][] = [
  "unreachable",
  "address_refused",
  "endpoint_missing",
  "endpoint_gone",
  "endpoint_moved",
];

function checkUrl(failure: Failure | null): ConnectionCheck {
  if (failure && NOT_REACHED.includes(failure.code)) return no("url", failure);
  return { name: "url", ok: true, message: "An endpoint answers at the webhook URL." };
}

function checkSignature({ answer, failure }: Awaited<ReturnType<Ping>>): ConnectionCheck {
  if (!failure) return { name: "signature", ok: true, message: "The endpoint accepts Roster's signature." };
  if (failure.code === "signature_refused") return no("signature", failure);
  if (isAnswer(answer) && failure.code === "user_refused") {
    return {
      name: "signature",
      ok: null,
      message: "The endpoint refuses the ping, which may be because of its signature.",
    };
  }
  return skipped("signature");
}

function checkAnswer({ answer, failure }: Awaited<ReturnType<Ping>>): ConnectionCheck {
  const name = "answer";
  if (!failure) return { name, ok: true, message: `It took the ping (HTTP ${answer.status}).` };
  if (failure.code === "signature_refused" || NOT_REACHED.includes(failure.code)) return skipped(name);
  if (failure.code !== "user_refused") return no(name, failure);
  return {
    name,
    ok: false,
    message: `The endpoint does not take the ping (HTTP ${answer.status}): ${failure.message}`,
    fix: "Verify the signature with the signing secret saved here, then answer the event ping with any 2xx status.",
  };
}

const OLD_SECRET: ConnectionCheck = {
  name: "signature",
  ok: false,
  message:
    "The endpoint still checks with the signing secret that was replaced, which signs for 24 hours only.",
  fix: "Give the site its new signing secret before the old one stops working.",
};

async function checkForgery(ping: Ping): Promise<ConnectionCheck> {
  const name = "forgery";
  const { answer, failure } = await ping(`whsec_${randomBytes(32).toString("base64")}`);
  if (answer.status === 0) return skipped(name);
  if (failure) return { name, ok: true, message: "A ping with a wrong signature is refused." };
  return {
    name,
    ok: false,
    message:
      "The endpoint also takes a ping with a wrong signature: whoever knows its URL could write users there.",
    fix: "Have the endpoint verify the signature before it does anything, as in docs/receiving-users.md.",
  };
}

function skipped(name: ConnectionCheck["name"]): ConnectionCheck {
  return { name, ok: null, message: "Not looked at, because something before it is not right yet." };
}

function no(name: ConnectionCheck["name"], { code, message }: Failure): ConnectionCheck {
  const fix = adviceFor(code);
  return { name, ok: false, message, ...(fix !== null && { fix }) };
}
