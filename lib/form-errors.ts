import type { FieldValues, Path, UseFormSetError } from "react-hook-form";
import { ApiError } from "@/lib/api-client";

/**
 * Puts what the server says about fields at those fields; the rest goes to the form itself as `root`, so that
 * nothing the server said is lost.
 */
export function showServerErrors<Fields extends FieldValues>(
  error: Error,
  fields: readonly Path<Fields>[],
  setError: UseFormSetError<Fields>,
): void {
  const named = error instanceof ApiError ? error.errors : [];
  const rest: string[] = [];
  for (const { path, message } of named) {
    const field = fields.find((name) => name === path);
    if (field) setError(field, { message }, { shouldFocus: true });
    else rest.push(message);
  }
  if (named.length === 0 || rest.length > 0) setError("root", { message: rest.join(" ") || error.message });
}
