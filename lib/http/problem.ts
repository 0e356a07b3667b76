import { z } from "zod";
import { AppError, type ErrorCode, type FieldError } from "@/lib/errors";
import { scrub } from "@/lib/secrets/scrub";

const MEANING: Record<ErrorCode, { status: number; title: string }> = {
  malformed_request: { status: 400, title: "The request cannot be read" },
  unauthorized: { status: 401, title: "Not signed in" },
  forbidden: { status: 403, title: "Not allowed" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  method_not_implemented: { status: 501, title: "Method not known" },
  conflict: { status: 409, title: "In conflict with what is there" },
  last_owner: { status: 409, title: "The last owner" },
  credentials_missing: { status: 409, title: "Credentials missing" },
  credentials_unreadable: { status: 409, title: "Credentials cannot be opened" },
  body_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "Another kind of body is expected" },
  validation_failed: { status: 422, title: "The input is not right" },
  rate_limited: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Something went wrong here" },
  centre_unavailable: { status: 503, title: "The central project does not answer" },
};

/** Every code there is. */
export const ERROR_CODES = Object.keys(MEANING) as ErrorCode[];

/** Status and title of a code. */
export function meaningOf(code: ErrorCode): { status: number; title: string } {
  return MEANING[code];
}

const fieldError = z.object({
  path: z.string().describe("Dotted, such as `siteIds.0`; empty for the whole."),
  message: z.string(),
});

/** An error as every call answers it (RFC 9457). */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe("What is wrong and what to do."),
    code: z.enum(ERROR_CODES),
    requestId: z.uuid().describe("The server's log has more under it."),
    errors: z.array(fieldError).optional().describe("One entry per wrong field."),
  })
  .meta({
    id: "Problem",
    description: "An error (RFC 9457).",
    examples: [
      {
        type: "urn:roster:problem:validation-failed",
        title: MEANING.validation_failed.title,
        status: MEANING.validation_failed.status,
        detail: "email: Enter an e-mail address such as ada@example.com.",
        code: "validation_failed",
        requestId: "5f0c1d9e-3b7a-4c52-8a41-9d2e6f7b0c13",
        errors: [{ path: "email", message: "Enter an e-mail address such as ada@example.com." }],
      },
    ],
  });
export type Problem = z.infer<typeof problem>;

/** The problem document for an error. What is not an `AppError` is ours, and nothing of it is told. */
export function problemOf(error: unknown, requestId: string): Problem {
  const known = error instanceof AppError && error.code !== "internal" ? error : null;
  const code = known?.code ?? "internal";
  const { status, title } = MEANING[code];
  return {
    type: `urn:roster:problem:${code.replaceAll("_", "-")}`,
    title,
    status,
    detail: known
      ? scrub(known.message)
      : `This should not happen. The server's log has more under ${requestId}.`,
    code,
    requestId,
    ...(known && known.errors.length > 0 && { errors: known.errors.map(scrubbed) }),
  };
}

function scrubbed({ path, message }: FieldError): FieldError {
  return { path: scrub(path), message: scrub(message) };
}

/** A problem document as a response. */
export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      // RFC 9110, 15.5.2; browsers ask nobody for a password by this scheme.
      ...(problem.status === 401 && { "www-authenticate": "Bearer" }),
      ...headers,
    },
  });
}
