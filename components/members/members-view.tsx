"use client";

import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { SectionHeader } from "@/components/settings/section-header";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { invitationsQuery, membersQuery } from "@/lib/members/queries";
import { Invitations } from "./invitations";
import { MemberTable } from "./member-table";

// Forms come when they are opened.
const InviteDialog = dynamic(() => import("./invite-dialog").then((file) => file.InviteDialog), {
  ssr: false,
});

export function MembersView() {
  const [inviting, setInviting] = useState(false);
  const members = useQuery(membersQuery);
  const invitations = useQuery(invitationsQuery);
  return (
    <div className="grid max-w-5xl gap-5">
      <SectionHeader
        title="Members"
        description="Who may use this dashboard. They are not among the users whom sites receive."
        action={
          <Button variant="primary" onClick={() => setInviting(true)}>
            <UserPlus aria-hidden />
            Invite member
          </Button>
        }
      />
      <Card>
        <Loaded query={members}>{(all) => <MemberTable members={all} />}</Loaded>
      </Card>
      <Card title="Open invitations">
        <Loaded query={invitations}>{(open) => <Invitations invitations={open} />}</Loaded>
      </Card>
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </div>
  );
}
