"use client";

import type { QueryClient } from "@tanstack/react-query";
import { ApiError } from "@/lib/api-client";
import { signInPath } from "@/lib/session/next-path";
import { signOut } from "@/lib/session/queries";

/**
 * Sends the browser to the sign-in page when an answer says that nobody is signed in, and back here afterwards.
 * The whole page is left, so that nothing of what was seen stays in its memory.
 *
 * Not while one signs out: the page still asks for its lists then, and whoever signs out goes where that leads and
 * does not want to come back here.
 */
export function leaveWhenSignedOut(error: Error, client: QueryClient): void {
  if (!(error instanceof ApiError && error.status === 401) || isSigningOut(client)) return;
  const { pathname, search } = window.location;
  window.location.assign(signInPath(pathname + search));
}

// Succeeded counts too: between the answer and the next page, queries are still refused.
function isSigningOut(client: QueryClient): boolean {
  return client
    .getMutationCache()
    .findAll({ mutationKey: signOut.mutationKey })
    .some(({ state }) => state.status === "pending" || state.status === "success");
}
