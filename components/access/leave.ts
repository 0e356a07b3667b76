"use client";

import type { QueryClient } from "@tanstack/react-query";
import { toast } from "@/components/ui/toast";
import { ApiError } from "@/lib/api-client";
import { signInPath } from "@/lib/session/next-path";
import { signOut } from "@/lib/session/queries";

/**
 * Sends the browser to the sign-in page when an answer says that nobody is signed in, and back here afterwards.
 * The whole page is left, so that nothing of what was seen stays in its memory; a dialog with fields is closed first by
 * whoever filled them in.
 *
 * Not while one signs out: the page still asks for its lists then, and whoever signs out goes where that leads and
 * does not want to come back here.
 */
export function leaveWhenSignedOut(error: Error, client: QueryClient): void {
  if (!(error instanceof ApiError && error.status === 401) || isSigningOut(client)) return;
  if (isTyping()) {
    toast.standing(NOTICE, STILL_HERE);
    return;
  }
  const { pathname, search } = window.location;
  window.location.assign(signInPath(pathname + search));
}

/** An answer came: whoever was told that the session has ended has signed in again. */
export function noteSignedIn(): void {
  toast.over(NOTICE);
}

const NOTICE = "signed-out";
const STILL_HERE =
  "Your session has ended. What you typed is still here: sign in in another tab, then go on. Or close this to sign in.";

/** Whether a dialog is open that somebody may have typed into, which would be lost on another page. */
function isTyping(): boolean {
  return document.querySelector("[role=dialog] :is(input, textarea, select)") !== null;
}

// Succeeded counts too: between the answer and the next page, queries are still refused.
function isSigningOut(client: QueryClient): boolean {
  return client
    .getMutationCache()
    .findAll({ mutationKey: signOut.mutationKey })
    .some(({ state }) => state.status === "pending" || state.status === "success");
}
