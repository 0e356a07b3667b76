"use client";

import { useMutation } from "@tanstack/react-query";
import { roleLooks } from "@/components/access/roles";
import { Button } from "@/components/ui/button";
import { RelativeTime } from "@/components/ui/relative-time";
import { toast } from "@/components/ui/toast";
import { withdrawInvitation } from "@/lib/members/queries";
import type { Invitation } from "@/lib/members/schema";

export function Invitations({ invitations }: { invitations: Invitation[] }) {
  if (invitations.length === 0) {
    return (
      <p className="px-4 py-3 text-soft">
        None. Invite somebody above; their link waits here until it is opened.
      </p>
    );
  }
  return (
    <ul className="divide-y">
      {invitations.map((invitation) => (
        <InvitationRow key={invitation.id} invitation={invitation} />
      ))}
    </ul>
  );
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const withdraw = useMutation(withdrawInvitation);
  const { email, role, invitedBy, expiresAt } = invitation;

  function start() {
    withdraw.mutate(invitation.id, {
      onSuccess: () => toast.success(`The invitation of ${email} was withdrawn. Its link no longer works.`),
      onError: (error) => toast.error(error.message),
    });
  }

  return (
    <li className="flex items-center gap-4 px-4 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium" title={email}>
          {email}
        </p>
        <p className="break-words text-faint text-xs">
          {roleLooks[role].name}
          {invitedBy && ` · invited by ${invitedBy}`}
          {" · "}ends <RelativeTime value={expiresAt} />
        </p>
      </div>
      <Button loading={withdraw.isPending} aria-label={`Withdraw the invitation of ${email}`} onClick={start}>
        Withdraw
      </Button>
    </li>
  );
}
