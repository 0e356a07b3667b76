"use client";

import { useQuery } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState, Loaded } from "@/components/ui/states";
import { type MemberScope, roleMay } from "@/lib/access/roles";
import { sessionQuery } from "@/lib/session/queries";

/** Shows its children to those who may see them, and says to others why not. */
export function OwnersOnly({ scope, children }: { scope: MemberScope; children: ReactNode }) {
  const session = useQuery(sessionQuery);
  return (
    <Loaded query={session}>
      {({ role }) => (roleMay(role, scope) ? children : <NotForThisRole scope={scope} />)}
    </Loaded>
  );
}

function NotForThisRole({ scope }: { scope: MemberScope }) {
  return (
    <Card>
      <EmptyState
        icon={Lock}
        title={roleMay("admin", scope) ? "Only admins and owners see this" : "Only owners see this"}
        action={
          <Button asChild>
            <Link href="/settings">To the general settings</Link>
          </Button>
        }
      >
        An owner can make you one under Settings, Members.
      </EmptyState>
    </Card>
  );
}
