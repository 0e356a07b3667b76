"use client";

import { useMutation } from "@tanstack/react-query";
import { toast } from "@/components/ui/toast";
import { signOut } from "@/lib/session/queries";

// The whole page is left, so that nothing of what was seen stays in its memory.
const leave = () => window.location.assign("/sign-in");

/** Ends the session, here or everywhere, and leaves. */
export function useSignOut(onSignedOut: () => void = leave) {
  const out = useMutation(signOut);
  const start = (everywhere: boolean) =>
    out.mutate({ everywhere }, { onSuccess: onSignedOut, onError: (error) => toast.error(error.message) });
  return { start, pending: out.isPending };
}
