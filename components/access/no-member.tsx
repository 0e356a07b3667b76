"use client";

import { useMutation } from "@tanstack/react-query";
import { UserRoundX } from "lucide-react";
import { Button } from "@/components/ui/button";
import { FormError } from "@/components/ui/form-error";
import { signOut } from "@/lib/session/queries";
import { AccessNotice } from "./access-card";

/** Somebody has signed in who may not come in. */
export function NoMember({ email, onLeft }: { email: string; onLeft: () => void }) {
  const leave = useMutation(signOut);
  return (
    <AccessNotice
      icon={UserRoundX}
      title="This account is no member"
      action={
        <>
          <FormError error={leave.error} />
          <Button
            loading={leave.isPending}
            onClick={() => leave.mutate({ everywhere: false }, { onSuccess: onLeft })}
          >
            Use another account
          </Button>
        </>
      }
    >
      <p>
        You are signed in as <span className="text-ink">{email}</span>, which has no access to this Roster.
        Ask an owner for an invitation and open its link in this browser.
      </p>
    </AccessNotice>
  );
}
