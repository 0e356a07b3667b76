import { randomUUID } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "@/lib/errors";
import { problemOf } from "@/lib/http/problem";
import { DATA_POLICY, SECURITY_HEADERS, transportSecurity } from "@/lib/http/security-headers";

/** The methods that Next knows. At others, such as TRACE and PROPFIND, it stumbles and answers 400 or 500. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/** Pages and files are only read, so Next never gets to see a server action; its own tools in development post. */
const OF_PAGES = ["GET", "HEAD"];
const NO_PAGE = /^\/(api|auth|__nextjs_[\w-]+)(?![^/?])/;

interface Arrival {
  request: IncomingMessage;
  response: ServerResponse;
}

/**
 * Sees every request of this process before Next does, answers those that Next cannot read or should not, and says to
 * all, when `url`, the server's public address, is https, that it stays so. That is known when the server runs, not
 * when it is built. Answers how to end that. https://nodejs.org/api/diagnostics_channel.html#http
 */
export function openFrontDoor(url: string | undefined): () => void {
  const hsts = transportSecurity(url);
  const see = (message: unknown) => {
    const { request, response } = message as Arrival;
    if (hsts) response.setHeader("strict-transport-security", hsts);
    const error = refusalOf(request);
    if (!error) return;
    answer(response, error);
    // Next leaves an answered request alone once it has found its route, for which it has to be readable.
    request.method = "GET";
    request.url = "/_next/static/";
  };
  subscribe("http.server.request.start", see);
  return () => void unsubscribe("http.server.request.start", see);
}

function refusalOf({ method = "", url = "" }: IncomingMessage): AppError | null {
  if (!METHODS.includes(method)) {
    return new AppError("method_not_implemented", `This server does not know the method ${method}.`);
  }
  if (!OF_PAGES.includes(method) && !NO_PAGE.test(url)) {
    return new AppError("method_not_allowed", `${method} does not work here; use ${OF_PAGES.join(", ")}.`);
  }
  try {
    decodeURIComponent(url.split("?")[0] ?? "");
    return null;
  } catch {
    return new AppError("malformed_request", "The address has a percent sign that begins no valid UTF-8.");
  }
}

function answer(response: ServerResponse, error: AppError): void {
  const problem = problemOf(error, randomUUID());
  response.writeHead(problem.status, {
    ...SECURITY_HEADERS,
    ...(error.code === "method_not_allowed" && { allow: OF_PAGES.join(", ") }),
    "content-security-policy": DATA_POLICY,
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "x-request-id": problem.requestId,
    // What is still to come of the request is not read.
    connection: "close",
  });
  response.end(JSON.stringify(problem));
}
