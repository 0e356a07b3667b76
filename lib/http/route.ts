import { randomUUID } from "node:crypto";
import type { z } from "zod";
import type { Actor } from "@/lib/access/actor";
import { type AccessRule, authorize, recheck } from "@/lib/access/authorize";
import { clientAddress } from "@/lib/access/client-address";
import { originOf } from "@/lib/access/origin";
import { BrowserSession } from "@/lib/access/session";
import { connectCentre, connectCentreFor } from "@/lib/centre";
import type { Context } from "@/lib/context";
import { env } from "@/lib/env";
import { AppError } from "@/lib/errors";
import { type Input, type InputSchemas, readInput } from "@/lib/http/input";
import {
  type AnswerOf,
  type Answers,
  type Description,
  type Operation,
  plainStatus,
} from "@/lib/http/operation";
import { problemOf, problemResponse } from "@/lib/http/problem";
import { processLog } from "@/lib/log";
import { sharedOutgoing } from "@/lib/outgoing";
import { createSealer } from "@/lib/secrets/sealer";
import { wake } from "@/lib/wake";

/** A handler as Next calls it. */
export type Handler = (request: Request, route?: { params: Promise<unknown> }) => Promise<Response>;

/** A handler that says what it does. */
export type DescribedHandler = Handler & { readonly operation: Operation };

type Schema = z.ZodType | undefined;

/** Everything there is to say about a call: who may make it, what it takes and what it answers. */
export interface RouteOptions<P extends Schema, Q extends Schema, B extends Schema, A extends Answers>
  extends InputSchemas<P, Q, B>,
    AccessRule,
    Description<A> {
  /** A body to copy from the API reference. */
  example?: B extends z.ZodType ? z.input<B> : never;
}

/**
 * Makes a route handler: checks access, reads the input, calls the service, and answers its value as JSON, its
 * `Response` as it is, and its errors as problem documents. Nothing else in the project speaks HTTP errors.
 */
export function route<
  P extends Schema = undefined,
  Q extends Schema = undefined,
  B extends Schema = undefined,
  const A extends Answers = Answers,
>(
  options: RouteOptions<P, Q, B, A>,
  handle: (ctx: Context, input: Input<P, Q, B>) => AnswerOf<A> | Promise<AnswerOf<A>>,
): DescribedHandler {
  const handler: Handler = (request, next) =>
    respond(request, async (requestId, cookies) => {
      const ctx = await createContext(request, requestId, options, cookies);
      const input = await readInput(request, (await next?.params) ?? {}, options);
      const answer = await handle(ctx, input);
      if (answer instanceof Response) return answer;
      return Response.json(answer, { status: plainStatus(options.answers) });
    });
  return Object.assign(handler, { operation: options });
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
type Method = (typeof METHODS)[number];

/**
 * Handlers for the methods that an address does not have, answering 405 with `Allow`, and for OPTIONS. Next
 * itself answers a missing method without a body.
 */
export function otherMethods<M extends Method>(
  handlers: Record<M, Handler>,
): Record<Exclude<Method, M> | "OPTIONS", Handler> {
  const own = METHODS.filter((method) => method in handlers);
  const allow = [...own, ...("GET" in handlers ? ["HEAD"] : []), "OPTIONS"].join(", ");
  const refuse: Handler = (request) =>
    respond(request, (requestId) => {
      const error = new AppError("method_not_allowed", `${request.method} does not work here; use ${allow}.`);
      return problemResponse(problemOf(error, requestId), { allow });
    });
  const options: Handler = (request) =>
    respond(request, () => new Response(null, { status: 204, headers: { allow } }));
  const others: Record<Method | "OPTIONS", Handler> = {
    GET: refuse,
    POST: refuse,
    PUT: refuse,
    PATCH: refuse,
    DELETE: refuse,
    OPTIONS: options,
  };
  return others;
}

/** Answers every method of an address that does not exist by 404. */
export const noSuchAddress: Handler = (request) =>
  respond(request, () => {
    throw new AppError("not_found", "There is nothing at this address.");
  });

// Access comes before the input: who may not do something learns nothing about it.
async function createContext(
  request: Request,
  requestId: string,
  rule: AccessRule,
  cookies: Cookies,
): Promise<Context> {
  const settings = env();
  const address = clientAddress(request.headers, settings.trustedProxies);
  const session = new BrowserSession(settings, request.headers, { address, cookies });
  const gate = { centre: connectCentre(settings), session, settings };
  const actor = await authorize(request, rule, gate);
  const centreAs = ({ kind, name, ...more }: Actor) =>
    connectCentreFor(settings, { kind, id: "id" in more ? more.id : undefined, name, address, requestId });
  return {
    requestId,
    actor,
    address,
    session,
    origin: originOf(request, settings),
    centre: centreAs(actor),
    centreAs,
    centreUrl: settings.supabaseUrl,
    sealer: createSealer(settings.sealingKeys),
    recheck: () => recheck(request, rule, gate),
    outgoing: sharedOutgoing(settings.allowPrivateSites),
    wake,
    log: processLog().child({ requestId }),
    signal: request.signal,
  };
}

/** Set-Cookie headers by the cookies' names; they go into the answer also when it is an error. */
type Cookies = Map<string, string>;

async function respond(
  request: Request,
  answer: (requestId: string, cookies: Cookies) => Response | Promise<Response>,
): Promise<Response> {
  const requestId = randomUUID();
  const cookies: Cookies = new Map();
  const response = await Promise.resolve()
    .then(() => answer(requestId, cookies))
    .catch((error: unknown) => {
      const problem = problemOf(error, requestId);
      if (problem.status >= 500) logFailure(request, requestId, error);
      return problemResponse(problem, retryAfter(error));
    });
  for (const cookie of cookies.values()) response.headers.append("set-cookie", cookie);
  response.headers.set("x-request-id", requestId);
  if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store");
  return response;
}

function retryAfter(error: unknown): Record<string, string> {
  const seconds = error instanceof AppError ? error.retryAfterSeconds : undefined;
  return seconds === undefined ? {} : { "retry-after": String(seconds) };
}

// Without the query: it may hold what somebody searched for, such as an e-mail address.
function logFailure(request: Request, requestId: string, err: unknown): void {
  const { pathname } = new URL(request.url);
  processLog().error({ requestId, method: request.method, path: pathname, err }, "request failed");
}
