"use client";

import { type UseMutationOptions, useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Button } from "@/components/ui/button";
import { FormError } from "@/components/ui/form-error";
import { signInOptionsQuery } from "@/lib/session/queries";
import type { Accepted, AcceptInput } from "@/lib/session/schema";
import { AccessCard } from "./access-card";
import { AccountForm } from "./account-form";
import { ConfirmEmail } from "./confirm-email";
import { ProviderLinks } from "./provider-links";
import { useJoining } from "./use-joining";

/** One form serves those who have an account in the central project and those who have none. */
const PASSWORD_HINT = "If this e-mail has an account, its password. If not, choose one.";

interface JoinCardProps {
  title: string;
  description?: string;
  /** The verb on the button. */
  action: string;
  call: UseMutationOptions<Accepted, Error, AcceptInput>;
  token: string;
  /** This page's own path, where a provider leads back to. */
  path: string;
  /** The account of this browser's session. */
  signedInAs: string | null;
  email?: string;
  onJoined: () => void;
  children?: ReactNode;
}

/** Binds an account to a one-time link: the one that is signed in, one with a password, or a provider's. */
export function JoinCard({ title, description, children, ...props }: JoinCardProps) {
  const { join, unconfirmed, again } = useJoining(props.call, props.token, props.onJoined);
  const { data: options } = useQuery(signInOptionsQuery);
  const [another, setAnother] = useState(props.signedInAs === null);
  if (unconfirmed) return <ConfirmEmail email={unconfirmed} onConfirmed={again} />;
  return (
    <AccessCard title={title} description={description}>
      {children}
      {props.signedInAs && <JoinAs email={props.signedInAs} onJoin={() => join()} />}
      {another ? (
        <>
          {options?.password !== false && (
            <AccountForm
              email={props.email}
              password="new-password"
              passwordHint={PASSWORD_HINT}
              action={props.action}
              onSubmit={join}
            />
          )}
          <ProviderLinks
            providers={options?.providers ?? []}
            next={props.path}
            or={options?.password !== false}
          />
        </>
      ) : (
        <Button variant="ghost" className="h-9 w-full" onClick={() => setAnother(true)}>
          Use another account
        </Button>
      )}
    </AccessCard>
  );
}

function JoinAs({ email, onJoin }: { email: string; onJoin: () => Promise<void> }) {
  const { mutate, isPending, error } = useMutation({ mutationFn: onJoin });
  return (
    <div className="space-y-3">
      <p className="break-words text-soft">
        You are signed in as <span className="text-ink">{email}</span>.
      </p>
      <FormError error={error} />
      <Button
        variant="primary"
        aria-label={`Join as ${email}`}
        loading={isPending}
        className="h-9 w-full"
        onClick={() => mutate()}
      >
        Join with this account
      </Button>
    </div>
  );
}
