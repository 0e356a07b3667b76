"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { KeyRound, Terminal } from "lucide-react";
import { useState } from "react";
import { FormError } from "@/components/ui/form-error";
import { Loaded } from "@/components/ui/states";
import { signIn, signInOptionsQuery } from "@/lib/session/queries";
import type { SignInInput, SignInOptions } from "@/lib/session/schema";
import { AccessCard, AccessNotice } from "./access-card";
import { AccountForm } from "./account-form";
import { LoadingCard } from "./loading-card";
import { NoMember } from "./no-member";
import { ProviderLinks } from "./provider-links";

const TITLE = "Sign in";
const DESCRIPTION = "To manage users and the sites that receive them.";

const PROVIDER_FAILED = new Error(
  "The other site did not say who you are, so you are not signed in. Try again, or sign in another way.",
);

/** Opens a page anew, so that the server decides about it with the new session. */
const open = (path: string) => window.location.assign(path);

interface SignInViewProps {
  /** Where to go afterwards: a path of this site. */
  next: string;
  /** An account that is signed in and no member's. */
  stranger: string | null;
  /** Whether somebody comes back from a provider's page without a session. */
  providerFailed: boolean;
  onSignedIn?: (next: string) => void;
}

export function SignInView({ next, providerFailed, onSignedIn = open, ...known }: SignInViewProps) {
  const [stranger, setStranger] = useState(known.stranger);
  const options = useQuery(signInOptionsQuery);
  const { mutateAsync } = useMutation(signIn);

  async function submit(account: SignInInput) {
    const { member } = await mutateAsync(account);
    if (member) onSignedIn(next);
    else setStranger(account.email);
  }

  if (stranger) return <NoMember email={stranger} onLeft={() => setStranger(null)} />;
  return (
    <Loaded query={options} loading={<LoadingCard title={TITLE} description={DESCRIPTION} />}>
      {(found) => {
        if (found.setup) return <NoOwnerYet />;
        if (!found.password && found.providers.length === 0) return <NoWayIn />;
        return <WaysIn options={found} next={next} providerFailed={providerFailed} onSubmit={submit} />;
      }}
    </Loaded>
  );
}

interface WaysInProps extends Pick<SignInViewProps, "next" | "providerFailed"> {
  options: SignInOptions;
  onSubmit: (account: SignInInput) => Promise<void>;
}

function WaysIn({ options: { password, providers }, next, providerFailed, onSubmit }: WaysInProps) {
  return (
    <AccessCard title={TITLE} description={DESCRIPTION}>
      <FormError error={providerFailed ? PROVIDER_FAILED : null} />
      {password && <AccountForm password="current-password" action="Sign in" onSubmit={onSubmit} />}
      <ProviderLinks providers={providers} next={next} or={password} />
    </AccessCard>
  );
}

function NoOwnerYet() {
  return (
    <AccessNotice icon={Terminal} title="This Roster has no owner yet">
      <p>
        Open the setup link from the server's log: a line with{" "}
        <code className="font-mono">/setup?token=</code>. It works once. Starting the server again prints a
        new one.
      </p>
    </AccessNotice>
  );
}

function NoWayIn() {
  return (
    <AccessNotice icon={KeyRound} title="Sign-in is switched off">
      <p>
        The central Supabase project allows no way to sign in. Switch on e-mail or another provider under
        Authentication, then load this page again.
      </p>
    </AccessNotice>
  );
}
