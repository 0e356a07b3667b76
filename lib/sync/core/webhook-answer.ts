import { connectionWords, shown } from "./classify";
import type { Failure, FailureCode } from "./failure";

/** What a webhook site's receiver answered, as far as Roster reads it. */
export interface WebhookAnswer {
  /** HTTP status; 0 when there was no answer. */
  status: number;
  /** The operating system's code of a failed connection. */
  code?: string | undefined;
  /** Why Roster did not even connect, in its own words. */
  refusal?: string | undefined;
  retryAfterSeconds?: number | undefined;
  /** The JSON of the answer says `success: false`. */
  refused?: boolean;
  /** The answer is a web page. */
  page?: boolean;
  /** The answer's own words for what is wrong; only shown, never decided by. */
  message?: string | undefined;
}

const LARGEST_ANSWER = 65_536;

/** Reads an answer to its end, but not for ever: what follows 64 kB is left unread. Throws when it breaks off. */
export async function readAnswer(response: Response): Promise<WebhookAnswer> {
  const { status } = response;
  const text = await readStart(response);
  if (/^\s*<(!doctype html|html)\b/i.test(text)) return { status, page: true };
  const { success, message, error, detail } = parseObject(text);
  return { status, refused: success === false, message: firstText(message, error, detail) };
}

async function readStart(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  // Leaving the loop early cancels the rest.
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    size += chunk.length;
    if (size > LARGEST_ANSWER) break;
  }
  return text;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? { ...json } : {};
  } catch {
    return {}; // A receiver may answer with anything; its status says what matters.
  }
}

function firstText(...candidates: unknown[]): string | undefined {
  return candidates.find((text): text is string => typeof text === "string" && text.trim() !== "");
}

// 540 is a Supabase project's that holds the receiver as an Edge Function.
const BY_STATUS: readonly [(status: number) => boolean, FailureCode][] = [
  [(status) => status === 540, "project_paused"],
  [(status) => status === 402, "project_restricted"],
  [(status) => status === 429, "throttled"],
  [(status) => status === 401 || status === 403, "signature_refused"],
  [(status) => status === 410, "endpoint_gone"],
  [(status) => status === 404 || status === 405, "endpoint_missing"],
  [(status) => status >= 300 && status < 400, "endpoint_moved"],
  [(status) => [400, 409, 413, 422].includes(status), "user_refused"],
  [(status) => status === 0 || status === 408 || status === 425 || status >= 500, "unreachable"],
];

/** Names what went wrong by HTTP status, never by text; null when the receiver took the message. */
export function classifyWebhook(answer: WebhookAnswer): Failure | null {
  const code = codeFor(answer);
  if (code === null) return null;
  const failure: Failure = { code, message: sentence(code, answer) };
  if (answer.retryAfterSeconds !== undefined) failure.retryAfterSeconds = answer.retryAfterSeconds;
  return failure;
}

function codeFor({ status, refusal, refused, page, retryAfterSeconds }: WebhookAnswer): FailureCode | null {
  if (refusal !== undefined) return "address_refused";
  if (status >= 200 && status < 300) {
    // A login or maintenance page that answers to everything has stored nobody.
    if (page) return "unreachable";
    return refused ? "user_refused" : null;
  }
  if (status === 503 && retryAfterSeconds !== undefined) return "throttled";
  return BY_STATUS.find(([matches]) => matches(status))?.[1] ?? "refused";
}

function sentence(code: FailureCode, answer: WebhookAnswer): string {
  const { status, code: detail, refusal, page, message } = answer;
  const said = shown(message);
  switch (code) {
    case "unreachable":
      if (status === 0) return `The site's endpoint does not answer${connectionWords(detail)}.`;
      if (page && status < 300) return `What answers at the webhook URL is a web page (HTTP ${status}).`;
      return withWords(`The site's endpoint answers with an error (HTTP ${status})`, said);
    case "address_refused":
      return refusal ?? "Roster does not connect to the endpoint's address.";
    case "throttled":
      return "The site asked Roster to slow down.";
    case "project_paused":
      return "The project that holds the site's endpoint is paused.";
    case "project_restricted":
      return "The project that holds the site's endpoint is restricted.";
    case "signature_refused":
      return withWords(`The site's endpoint refuses Roster's signature (HTTP ${status})`, said);
    case "endpoint_gone":
      return "The site says that its endpoint is gone for good (HTTP 410).";
    case "endpoint_missing":
      return `There is no endpoint at the webhook URL that takes a POST (HTTP ${status}).`;
    case "endpoint_moved":
      return `The webhook URL leads on to another address (HTTP ${status}), which Roster does not follow.`;
    default:
      return said ?? `The site's endpoint refused the request (HTTP ${status}).`;
  }
}

function withWords(text: string, said: string | undefined): string {
  return said === undefined ? `${text}.` : `${text}: ${said}`;
}
