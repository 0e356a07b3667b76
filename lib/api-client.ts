import type { Page } from "@/lib/http/page";

/** Longest time a call may take, in milliseconds: above the 60 s that a sync may be asked to wait. */
const TIMEOUT_MS = 75_000;

export interface FieldError {
  path: string;
  message: string;
}

/** What the server refused, or that it could not be reached (`status` 0). The message is written for people. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: FieldError[];

  constructor(status: number, code: string, message: string, errors: FieldError[] = []) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

/** Whether there is no such thing, so that asking again would not find it either. */
export function isUnknown(error: Error | null): boolean {
  return error instanceof ApiError && error.status === 404;
}

interface CallOptions {
  query?: Record<string, string | number | null | undefined>;
  body?: unknown;
  /** A body of CSV instead of JSON. */
  csv?: string;
  signal?: AbortSignal;
}

/** Calls Roster's own API from the browser; answers its JSON (nothing for a 204), throws `ApiError`. */
export async function callApi<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const response = await send(method, path + queryText(options.query), options);
  if (!response.ok) throw await problem(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** The largest page that the API gives. */
const PAGE_SIZE = 500;

/** All items of a list, page by page; for lists that are never long. Throws `ApiError`. */
export async function callWholeList<T>(path: string, signal: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await callApi("GET", path, { query: { limit: PAGE_SIZE, cursor }, signal });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return items;
}

async function send(method: string, url: string, { body, csv, signal }: CallOptions): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const init: RequestInit = { method, signal: signal ? AbortSignal.any([signal, timeout]) : timeout };
  if (body !== undefined) {
    init.headers = { "content-type": "application/json" };
    init.body = JSON.stringify(body);
  }
  if (csv !== undefined) {
    init.headers = { "content-type": "text/csv" };
    init.body = csv;
  }
  try {
    return await fetch(url, init);
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, "unreachable", "Roster's server does not answer. Check that it is running.");
  }
}

/** A query with its question mark; what is empty is left out. */
export function queryText(query: CallOptions["query"]): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") params.set(name, String(value));
  }
  return params.size > 0 ? `?${params}` : "";
}

async function problem(response: Response): Promise<ApiError> {
  const document = (await response.json().catch(() => ({}))) as {
    detail?: string;
    title?: string;
    code?: string;
    errors?: FieldError[];
  };
  const message =
    document.detail ??
    document.title ??
    `The server answered ${response.status} and did not say why. Try again in a moment.`;
  return new ApiError(response.status, document.code ?? "unknown", message, document.errors ?? []);
}
