import type { Logger } from "pino";
import { env } from "@/lib/env";
import { sendMail } from "@/lib/mail";
import { type Outgoing, whyUnanswered } from "@/lib/outgoing";
import { channelPlaces, type Sealer, UnsealError } from "@/lib/secrets/sealer";
import { readSecret, signedRequest } from "@/lib/sync/core/webhook-message";

/** A channel with what is needed to reach it. */
export interface Destination {
  id: string;
  kind: "email" | "webhook";
  email: string | null;
  urlSealed: string | null;
  secretSealed: string | null;
}

/** What is sent. `id` is the same for every attempt, so that receivers can tell a repetition. */
export interface ChannelMessage {
  id: string;
  subject: string;
  text: string;
  /** The webhook's body beside `text`, which chat tools show. */
  body: { type: string } & Record<string, unknown>;
}

export interface SendOptions {
  sealer: Pick<Sealer, "open">;
  outgoing: Pick<Outgoing, "fetch">;
  log: Logger;
}

/** A chat tool answers within a second; who waits for the rest waits for this one. */
const TIMEOUT_MS = 10_000;

/** Sends a message to a channel. Null when it was taken, otherwise why not, without any secret. */
export async function sendTo(
  to: Destination,
  message: ChannelMessage,
  options: SendOptions,
): Promise<string | null> {
  if (to.kind === "email") return await mailTo(to.email ?? "", message, options.log);
  try {
    const places = channelPlaces(to.id);
    const url = await options.sealer.open(to.urlSealed ?? "", places.url);
    const secret = await options.sealer.open(to.secretSealed ?? "", places.secret);
    const body = { ...message.body, text: message.text };
    const request = signedRequest(message.id, new Date(), body, [readSecret(secret)]);
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { status } = await options.outgoing.fetch(url, { ...request, signal });
    return status >= 200 && status < 300 ? null : `The endpoint answered ${status}.`;
  } catch (error) {
    if (error instanceof UnsealError) return `The channel's settings cannot be opened. ${error.message}`;
    const { refusal, code } = whyUnanswered(error);
    return refusal ?? `The endpoint does not answer (${code ?? "no reason"}).`;
  }
}

async function mailTo(to: string, { subject, text }: ChannelMessage, log: Logger): Promise<string | null> {
  if (!env().smtp) return "Mail is not set up: SMTP_URL and SMTP_FROM are missing.";
  const sent = await sendMail({ to, subject, text: `${text}\n` }, log);
  return sent ? null : "The mail server did not take it; the server's log says why.";
}
