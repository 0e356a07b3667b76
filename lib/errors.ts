/** Everything that can be the matter with a request, as callers see it in `code`. */
export type ErrorCode =
  | "malformed_request"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "method_not_implemented"
  | "conflict"
  | "last_owner"
  | "credentials_missing"
  | "credentials_unreadable"
  | "body_too_large"
  | "unsupported_media_type"
  | "validation_failed"
  | "rate_limited"
  | "internal"
  | "centre_unavailable";

/** What is wrong with one field of the input; `path` is dotted, such as `siteIds.0`, and empty for the whole. */
export interface FieldError {
  path: string;
  message: string;
}

/**
 * The one error that services throw. `message` is for the caller: it says what is wrong and what to do, and
 * holds no secret. `cause` is for the log only.
 */
export class AppError extends Error {
  override name = "AppError";
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: { errors?: readonly FieldError[]; cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(message, { cause: options.cause });
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Input that does not fit, one entry per wrong field. */
export function invalid(errors: readonly FieldError[]): AppError {
  const [first] = errors;
  const detail =
    errors.length === 1 && first
      ? [first.path, first.message].filter(Boolean).join(": ")
      : `${errors.length} fields are not right; see errors.`;
  return new AppError("validation_failed", detail, { errors });
}
