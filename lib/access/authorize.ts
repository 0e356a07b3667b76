import { createHash, timingSafeEqual } from "node:crypto";
import { type Access, type Actor, type Known, leastRole, type MemberActor } from "@/lib/access/actor";
import { hashSecret, isApiKey } from "@/lib/access/api-key";
import { KEY_REQUESTS, type Limit, refuseAbove } from "@/lib/access/limits";
import { refuseForeignHost, refuseForeignOrigin } from "@/lib/access/origin";
import { type MemberScope, roleMay } from "@/lib/access/roles";
import type { BrowserSession } from "@/lib/access/session";
import type { Account } from "@/lib/access/tokens";
import { type Centre, dataOf } from "@/lib/centre";
import { AppError } from "@/lib/errors";
import type { KeyScope } from "@/lib/keys/schema";

/** Who is let in, as a route declares it. */
export interface AccessRule {
  access: Access;
  /** A limit of each actor's calls of this route. */
  limit?: Limit;
  /** Answers under whatever host name, for load balancers that ask by address. */
  anyHost?: boolean;
}

/** What a request is judged by. */
export interface Gate {
  centre: Centre;
  session: Pick<BrowserSession, "isPresent" | "account" | "withoutRenewal">;
  settings: { publicUrl: string | undefined; drainSecret: string | undefined };
}

const READS = ["GET", "HEAD", "OPTIONS"];
const ANYONE: Actor = { kind: "anyone", name: "anyone" };

/**
 * Lets a request in and says who makes it. Throws `unauthorized`, `forbidden` and `rate_limited`. A request with an
 * `Authorization` header is a script's, and its cookies count for nothing.
 */
export async function authorize(request: Request, rule: AccessRule, gate: Gate): Promise<Actor> {
  const { access } = rule;
  if (!rule.anyHost) refuseForeignHost(request, gate.settings);
  refuseForeignPage(request, gate);
  switch (access) {
    case "public":
      return ANYONE;
    case "drain":
      return authorizeScheduler(request, gate.settings.drainSecret);
    default: {
      const shown = request.headers.get("authorization");
      return shown === null
        ? await authorizeMember(request, gate, access, rule.limit)
        : await authorizeKey(gate.centre, shown, access, rule.limit);
    }
  }
}

/**
 * Judges a request again whose answer goes on for long: its member may have left by now, its key been revoked. Without
 * renewing the session, whose new cookies could not be sent any more: the browser asks anew when its token is over.
 */
export async function recheck(request: Request, { access }: AccessRule, gate: Gate): Promise<void> {
  const frozen = { ...gate, session: gate.session.withoutRenewal() };
  await authorize(request, { access, anyHost: true }, frozen);
}

// Signing in is a write as well, made without a cookie: another page could otherwise sign the browser in as somebody else.
function refuseForeignPage(request: Request, { session, settings }: Gate): void {
  if (READS.includes(request.method) || request.headers.has("authorization")) return;
  if (session.isPresent || request.headers.has("origin")) refuseForeignOrigin(request, settings);
}

async function authorizeMember(
  request: Request,
  gate: Gate,
  access: MemberScope | Known,
  limit?: Limit,
): Promise<Actor> {
  const account = await gate.session.account();
  if (!account) throw notSignedIn(request, gate);
  const found = await findMember(gate.centre, account, limit);
  if (found.state === "ended") throw notSignedIn(request, gate);
  if (found.state === "stranger") {
    throw new AppError("forbidden", `${account.email} is not a member. Ask an owner for an invitation.`);
  }
  refuseAbove(found.retryAfter);
  if (access === "member" || access === "caller" || roleMay(found.member.role, access)) return found.member;
  throw new AppError("forbidden", `This needs the role ${leastRole(access)}; yours is ${found.member.role}.`);
}

/** What the centre knows of an account. `ended`: it was signed out, or is no account any more. */
export type MemberFound =
  | { state: "ended" }
  | { state: "stranger" }
  | { state: "member"; member: MemberActor; retryAfter: number };

/** Looks an account up, at every request: a role that was changed a moment ago is changed. */
export async function findMember(centre: Centre, account: Account, limit?: Limit): Promise<MemberFound> {
  const answer = dataOf(
    await centre.rpc("access_member", {
      account: account.id,
      session: account.sessionId,
      issued_at: account.issuedAt,
      limits: limit ? [limit] : [],
    }),
  );
  if (answer.state !== "member") return answer;
  const { email, role, retryAfter } = answer;
  return { state: "member", member: { kind: "member", id: account.id, name: email, role }, retryAfter };
}

async function authorizeKey(
  centre: Centre,
  shown: string,
  access: MemberScope | Known,
  limit?: Limit,
): Promise<Actor> {
  const key = /^Bearer +(\S+)$/i.exec(shown)?.[1];
  if (key === undefined || !isApiKey(key)) {
    throw new AppError(
      "unauthorized",
      "This is not an API key. Send the whole key, as Authorization: Bearer roster_…",
    );
  }
  const limits = limit ? [KEY_REQUESTS, limit] : [KEY_REQUESTS];
  const found = dataOf(await centre.rpc("access_key", { key_hash: hashSecret(key), limits }));
  if (!found)
    throw new AppError("unauthorized", "This API key is unknown, revoked or expired. Make another one.");
  const { retryAfter, ...holder } = found;
  refuseAbove(retryAfter);
  if (access === "member" || access === "access:manage" || access === "audit:read") {
    const who = access === "member" ? "a signed-in member" : `a member signed in as ${leastRole(access)}`;
    throw new AppError("forbidden", `No API key can do this; it needs ${who}.`);
  }
  if (access !== "caller" && !holder.scopes.includes(access)) {
    throw new AppError("forbidden", `This key lacks the scope ${access}.`);
  }
  return { kind: "key", ...holder };
}

/** Throws `forbidden` for a key without a scope that a call needs besides its route's, and says why it needs that. */
export function refuseKeyWithout(actor: Actor, scope: KeyScope, why: string): void {
  if (actor.kind !== "key" || actor.scopes.includes(scope)) return;
  throw new AppError("forbidden", `This key lacks the scope ${scope}, and ${why}.`);
}

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

/** Somebody at a page has no key, and a script cannot sign in: each is told what it can do. */
function notSignedIn(request: Request, { session }: Gate): AppError {
  // The first is what browsers say of themselves (https://w3c.github.io/webappsec-fetch-metadata/), on https and loopback.
  const isPage = request.headers.has("sec-fetch-site") || session.isPresent;
  return new AppError(
    "unauthorized",
    isPage
      ? "You are signed out. Sign in, in another tab if something here is still to be saved, and try again."
      : "Send an API key as Authorization: Bearer roster_…",
  );
}
