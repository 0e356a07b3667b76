"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { roleLooks } from "@/components/access/roles";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import type { Role } from "@/lib/access/roles";
import { changeRole } from "@/lib/members/queries";
import type { Member } from "@/lib/members/schema";
import { roleOptions } from "./role-choices";

interface RoleSelectProps {
  member: Member;
  /** The member who is looking: a lower role cannot be taken back alone. */
  self: boolean;
  disabled: boolean;
}

/** Changes a member's role at once; one's own only after a question. */
export function RoleSelect({ member, self, disabled }: RoleSelectProps) {
  const [asked, setAsked] = useState<Role | null>(null);
  const change = useMutation(changeRole);
  const shown = change.isPending ? change.variables.role : member.role;

  function start(role: Role) {
    change.mutate(
      { id: member.id, role },
      {
        onSuccess: () => {
          setAsked(null);
          toast.success(`${member.email} is now ${roleLooks[role].name.toLowerCase()}.`);
        },
        onError: (error) => {
          if (!self) toast.error(error.message);
        },
      },
    );
  }

  function choose(role: Role | null) {
    if (!role || role === member.role) return;
    if (self) setAsked(role);
    else start(role);
  }

  return (
    <>
      <Select
        label={`Role of ${member.email}`}
        value={shown}
        options={roleOptions}
        onChange={choose}
        disabled={disabled || change.isPending}
        className="w-24 sm:w-28"
      />
      {asked && (
        <ConfirmDialog
          open
          onOpenChange={() => setAsked(null)}
          title={`Make yourself ${roleLooks[asked].name.toLowerCase()}?`}
          action="Change my role"
          pending={change.isPending}
          error={change.error}
          onConfirm={() => start(asked)}
        >
          <p>
            You will no longer manage members and API keys or read the audit log. Only another owner can make
            you an owner again.
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}
