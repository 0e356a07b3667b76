"use client";

import { useQuery } from "@tanstack/react-query";
import { LinkIcon, ShieldCheck } from "lucide-react";
import Link from "next/link";
import { Button } from "@/components/ui/button";
import { Loaded } from "@/components/ui/states";
import { setUp, signInOptionsQuery } from "@/lib/session/queries";
import { AccessNotice } from "./access-card";
import { JoinCard } from "./join-card";
import { LoadingCard } from "./loading-card";

const TITLE = "Become the owner";
const DESCRIPTION =
  "Owners invite everybody else, make API keys and read the audit log. More owners can be added later.";

interface SetupViewProps {
  token: string;
  signedInAs: string | null;
  onDone?: () => void;
}

/** Where the one-time link from the server's log makes the first owner. */
export function SetupView({ token, signedInAs, onDone = () => window.location.assign("/") }: SetupViewProps) {
  const options = useQuery(signInOptionsQuery);
  if (token === "") return <NoToken />;
  return (
    <Loaded query={options} loading={<LoadingCard title={TITLE} description={DESCRIPTION} />}>
      {({ setup }) =>
        setup ? (
          <JoinCard
            title={TITLE}
            description={DESCRIPTION}
            action="Create the owner"
            call={setUp}
            token={token}
            path={`/setup?token=${encodeURIComponent(token)}`}
            signedInAs={signedInAs}
            onJoined={onDone}
          />
        ) : (
          <HasOwner />
        )
      }
    </Loaded>
  );
}

function HasOwner() {
  return (
    <AccessNotice
      icon={ShieldCheck}
      tone="ok"
      title="This Roster has an owner already"
      action={
        <Button asChild variant="primary">
          <Link href="/sign-in">Sign in</Link>
        </Button>
      }
    >
      <p>Setup links work until there is an owner, and never again. Ask an owner for an invitation.</p>
    </AccessNotice>
  );
}

function NoToken() {
  return (
    <AccessNotice icon={LinkIcon} title="This link is not whole">
      <p>
        Its end is missing: the part after <code className="font-mono">?token=</code>. Copy the whole line
        from the server's log.
      </p>
    </AccessNotice>
  );
}
