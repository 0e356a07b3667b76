"use client";

import { useQuery } from "@tanstack/react-query";
import { UserMinus } from "lucide-react";
import { useState } from "react";
import { IconButton } from "@/components/ui/icon-button";
import { RelativeTime } from "@/components/ui/relative-time";
import { Td, Th } from "@/components/ui/table";
import type { Member } from "@/lib/members/schema";
import { sessionQuery } from "@/lib/session/queries";
import { RemoveMemberDialog } from "./remove-member-dialog";
import { RoleSelect } from "./role-select";

export function MemberTable({ members }: { members: Member[] }) {
  const { data: session } = useQuery(sessionQuery);
  const owners = members.filter(({ role }) => role === "owner").length;
  return (
    <table className="w-full border-separate border-spacing-0 text-left [&_tr:last-child>td]:border-b-0">
      <thead>
        <tr>
          <Th>Member</Th>
          <Th>Role</Th>
          <Th className="hidden sm:table-cell">Last seen</Th>
          <Th className="hidden md:table-cell">Joined</Th>
          <Th>
            <span className="sr-only">Actions</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {members.map((member) => (
          <MemberRow
            key={member.id}
            member={member}
            self={member.id === session?.id}
            onlyOwner={member.role === "owner" && owners === 1}
          />
        ))}
      </tbody>
    </table>
  );
}

interface MemberRowProps {
  member: Member;
  /** The member who is looking. */
  self: boolean;
  /** Without this one nobody could manage access any more. */
  onlyOwner: boolean;
}

function MemberRow({ member, self, onlyOwner }: MemberRowProps) {
  const [removing, setRemoving] = useState(false);
  return (
    <tr>
      <Td className="w-full min-w-0 max-w-0 sm:w-auto sm:max-w-72">
        <p className="break-words font-medium sm:truncate" title={member.email}>
          <Address email={member.email} /> {self && <You />}
        </p>
        {onlyOwner && (
          <p className="text-pretty text-faint text-xs">
            The only owner. Make somebody else an owner first to change this.
          </p>
        )}
      </Td>
      <Td className="w-px">
        <RoleSelect member={member} self={self} disabled={onlyOwner} />
      </Td>
      <Td className="hidden text-faint tabular-nums sm:table-cell">
        {member.lastSeenAt ? <RelativeTime value={member.lastSeenAt} /> : "Never"}
      </Td>
      <Td className="hidden text-faint tabular-nums md:table-cell">
        <RelativeTime value={member.createdAt} />
      </Td>
      <Td className="w-px whitespace-nowrap text-right">
        <IconButton label={`Remove ${member.email}`} disabled={onlyOwner} onClick={() => setRemoving(true)}>
          <UserMinus aria-hidden />
        </IconButton>
        {removing && <RemoveMemberDialog member={member} self={self} onClose={() => setRemoving(false)} />}
      </Td>
    </tr>
  );
}

/** Parted before its domain rather than within a word, where it has to be. */
function Address({ email }: { email: string }) {
  const domain = email.lastIndexOf("@") + 1;
  return (
    <>
      {email.slice(0, domain)}
      <wbr />
      {email.slice(domain)}
    </>
  );
}

function You() {
  return (
    <span className="inline-block whitespace-nowrap rounded-full bg-idle-soft px-1.5 text-idle text-xs">
      You
    </span>
  );
}
