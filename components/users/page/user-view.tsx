"use client";

import { useQuery } from "@tanstack/react-query";
import { UserRoundX } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { parseAsBoolean, useQueryState } from "nuqs";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState, Loaded, TableSkeleton } from "@/components/ui/states";
import { ApiError } from "@/lib/api-client";
import { userQuery } from "@/lib/users/queries";
import { UserFacts } from "./user-facts";
import { UserHeader } from "./user-header";
import { UserHistory } from "./user-history";
import { UserSites } from "./user-sites";

// Forms come when they are opened.
const UserPanel = dynamic(() => import("../user-panel").then((file) => file.UserPanel), { ssr: false });

/** All there is about one user: who they are, where they are, and what happened. */
export function UserView({ id }: { id: string }) {
  const user = useQuery(userQuery(id));
  const [editing, setEditing] = useQueryState("edit", parseAsBoolean.withDefault(false));
  const isGone = user.error instanceof ApiError && user.error.status === 404;
  // What somebody is typing stays in sight.
  if (isGone && !(user.data && editing)) return <NobodyHere id={id} />;
  return (
    <Loaded query={user} loading={<TableSkeleton rows={6} />}>
      {(found) => (
        <>
          <UserHeader user={found} onEdit={() => setEditing(true)} />
          <div className="grid min-w-0 gap-5 lg:grid-cols-[20rem_minmax(0,1fr)]">
            <UserFacts user={found} />
            <div className="min-w-0 space-y-5">
              <UserSites user={found} />
              <UserHistory userId={found.id} />
            </div>
          </div>
          {editing && <UserPanel user={found} gone={user.error} onClose={() => setEditing(null)} />}
        </>
      )}
    </Loaded>
  );
}

function NobodyHere({ id }: { id: string }) {
  return (
    <>
      <Card>
        <EmptyState
          wholePage
          icon={UserRoundX}
          title="No user has this id"
          action={
            <>
              <Button asChild>
                <Link href="/users">All users</Link>
              </Button>
              <Button asChild>
                <Link href={`/log?userId=${encodeURIComponent(id)}`}>Show in the log</Link>
              </Button>
            </>
          }
        >
          The user may have been deleted in the database. What happened until then is below and in the log.
        </EmptyState>
      </Card>
      <UserHistory userId={id} />
    </>
  );
}
