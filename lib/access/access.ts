import { createHash, timingSafeEqual } from "node:crypto";
import type { Env } from "@/lib/env";
import { AppError } from "@/lib/errors";

/** What a request wants to do. */
export type Scope =
  | "public"
  | "users:read"
  | "users:write"
  | "sites:read"
  | "sites:write"
  | "sync:read"
  | "sync:run"
  /** A scheduler, which shows ROSTER_DRAIN_SECRET. */
  | "drain";

/** Who makes a request; `name` is what the log of a manual sync shows. */
export interface Actor {
  kind: "anyone" | "scheduler";
  name: string;
}

const WRITES: readonly Scope[] = ["users:write", "sites:write", "sync:run"];

/**
 * Lets a request in and says who makes it, or throws `forbidden`.
 *
 * There is no sign-in yet: whoever reaches the server may do everything, which is why it listens on loopback
 * only, and an `Authorization` header is not looked at. What is refused are other people's pages in the
 * admin's browser: a write that another origin sends, and any request under a host name that is not ours,
 * which is how DNS rebinding makes a foreign page look like our own.
 */
export function authorize(request: Request, scope: Scope, settings: AccessSettings): Actor {
  if (scope === "drain") return authorizeScheduler(request, settings.drainSecret);
  if (scope !== "public") {
    const host = request.headers.get("host") ?? new URL(request.url).host;
    refuseForeignHost(host, settings.allowedHosts);
    if (WRITES.includes(scope)) refuseForeignOrigin(request, host);
  }
  return { kind: "anyone", name: "anyone" };
}

/** What is let in, from the server's environment. */
export type AccessSettings = Pick<Env, "allowedHosts" | "drainSecret">;

function authorizeScheduler(request: Request, secret: string | undefined): Actor {
  if (secret === undefined) {
    throw new AppError("forbidden", "Draining by request is off. Set ROSTER_DRAIN_SECRET to switch it on.");
  }
  const shown = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  // Hashes are of equal length, so the comparison takes the same time whatever was shown.
  if (!timingSafeEqual(sha256(shown), sha256(secret))) {
    throw new AppError("unauthorized", "Send the drain secret as Authorization: Bearer <secret>.");
  }
  return { kind: "scheduler", name: "scheduler" };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function refuseForeignHost(host: string, allowedHosts: readonly string[]): void {
  const url = URL.parse(`http://${host}`);
  const name = url?.href === `http://${url?.host}/` ? url.hostname : null; // nothing but a name and a port
  if (name !== null && (isLoopback(name) || allowedHosts.includes(name))) return;
  throw new AppError(
    "forbidden",
    `This server does not answer to the host name "${host}". Add it to ROSTER_ALLOWED_HOSTS if it should.`,
  );
}

function isLoopback(name: string): boolean {
  return name === "localhost" || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name);
}

// Browsers set Origin on every write and Sec-Fetch-Site on every request, and pages cannot change either
// (https://www.w3.org/TR/fetch-metadata/). Scripts send neither.
function refuseForeignOrigin(request: Request, host: string): void {
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  const foreignSite = site === "cross-site" || site === "same-site";
  if (!foreignSite && (origin === null || isOwnOrigin(origin, host))) return;
  throw new AppError("forbidden", "Changes are accepted from Roster's own pages and from scripts only.");
}

function isOwnOrigin(origin: string, host: string): boolean {
  const from = URL.parse(origin);
  return from !== null && URL.parse(`${from.protocol}//${host}`)?.host === from.host && from.host !== "";
}
