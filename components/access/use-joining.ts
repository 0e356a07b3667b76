"use client";

import { type UseMutationOptions, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Accepted, AcceptInput, SignInInput } from "@/lib/session/schema";

interface Joining {
  /** Binds the account; without one, the account that is signed in. */
  join: (account?: SignInInput) => Promise<void>;
  /** The address that the project wants confirmed first; the same link works again afterwards. */
  unconfirmed: string | null;
  again: () => void;
}

/** Binds an account to a one-time link. */
export function useJoining(
  call: UseMutationOptions<Accepted, Error, AcceptInput>,
  token: string,
  onJoined: () => void,
): Joining {
  const [unconfirmed, setUnconfirmed] = useState<string | null>(null);
  const { mutateAsync } = useMutation(call);

  async function join(account?: SignInInput) {
    const answer = await mutateAsync({ token, ...account });
    if ("confirmEmail" in answer) setUnconfirmed(account?.email ?? "your address");
    else onJoined();
  }

  return { join, unconfirmed, again: () => setUnconfirmed(null) };
}
