"use client";

import { useMutation } from "@tanstack/react-query";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { toast } from "@/components/ui/toast";
import { removeMember } from "@/lib/members/queries";
import type { Member } from "@/lib/members/schema";

interface RemoveMemberDialogProps {
  member: Member;
  self: boolean;
  onClose: () => void;
}

/** Asks before a member loses their access. */
export function RemoveMemberDialog({ member, self, onClose }: RemoveMemberDialogProps) {
  const remove = useMutation(removeMember);

  function finish() {
    toast.success(`${member.email} was removed.`);
    onClose();
  }

  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={self ? "Remove yourself?" : `Remove ${member.email}?`}
      action="Remove"
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(member.id, { onSuccess: finish })}
    >
      <p>
        {self
          ? "You are signed out at once and need an invitation to come back."
          : "They are shut out at once, wherever they are signed in, and need an invitation to come back."}
      </p>
      <p>API keys that they made keep working. Revoke those under API keys.</p>
    </ConfirmDialog>
  );
}
