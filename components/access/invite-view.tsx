"use client";

import { useQuery } from "@tanstack/react-query";
import { LinkIcon } from "lucide-react";
import Link from "next/link";
import { Button } from "@/components/ui/button";
import { RelativeTime } from "@/components/ui/relative-time";
import { Loaded } from "@/components/ui/states";
import { ApiError } from "@/lib/api-client";
import { acceptInvitation, invitationPreviewQuery } from "@/lib/session/queries";
import type { InvitationPreview } from "@/lib/session/schema";
import { AccessNotice } from "./access-card";
import { JoinCard } from "./join-card";
import { LoadingCard } from "./loading-card";
import { roleLooks } from "./roles";

const TITLE = "You are invited to Roster";

interface InviteViewProps {
  token: string;
  signedInAs: string | null;
  onDone?: () => void;
}

/** Where a one-time invitation binds the account of whoever opens it. */
export function InviteView({
  token,
  signedInAs,
  onDone = () => window.location.assign("/"),
}: InviteViewProps) {
  const preview = useQuery({ ...invitationPreviewQuery(token), enabled: token !== "" });
  const gone = preview.error instanceof ApiError && preview.error.status === 404;
  if (token === "" || gone) return <NoInvitation />;
  return (
    <Loaded query={preview} loading={<LoadingCard title={TITLE} />}>
      {(invitation) => (
        <JoinCard
          title={TITLE}
          action="Join Roster"
          call={acceptInvitation}
          token={token}
          path={`/invite?token=${encodeURIComponent(token)}`}
          signedInAs={signedInAs}
          email={invitation.email}
          onJoined={onDone}
        >
          <WhatFor invitation={invitation} />
        </JoinCard>
      )}
    </Loaded>
  );
}

function WhatFor({ invitation: { role, expiresAt } }: { invitation: InvitationPreview }) {
  const { name, meaning } = roleLooks[role];
  return (
    <div className="rounded-lg bg-sunken px-3 py-2.5">
      <p className="font-medium">{name}</p>
      <p className="text-soft">{meaning}</p>
      <p className="mt-1 text-faint text-xs">
        The link works once and ends <RelativeTime value={expiresAt} />.
      </p>
    </div>
  );
}

function NoInvitation() {
  return (
    <AccessNotice
      icon={LinkIcon}
      title="This invitation does not work"
      action={
        <Button asChild>
          <Link href="/sign-in">Sign in</Link>
        </Button>
      }
    >
      <p>
        It was used, was withdrawn or has expired, or the link is not whole. Ask an owner for a new one. If
        you have joined already, sign in.
      </p>
    </AccessNotice>
  );
}
