"use client";

import { ApiError } from "@/lib/api-client";
import { signInPath } from "@/lib/session/next-path";

/**
 * Sends the browser to the sign-in page when an answer says that nobody is signed in, and back here afterwards.
 * The whole page is left, so that nothing of what was seen stays in its memory.
 */
export function leaveWhenSignedOut(error: Error): void {
  if (!(error instanceof ApiError && error.status === 401)) return;
  const { pathname, search } = window.location;
  window.location.assign(signInPath(pathname + search));
}
