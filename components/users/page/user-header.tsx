"use client";

import { useMutation } from "@tanstack/react-query";
import { Pencil, RefreshCw } from "lucide-react";
import dynamic from "next/dynamic";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import { count } from "@/components/ui/numbers";
import { PageHeader } from "@/components/ui/page-header";
import { toast } from "@/components/ui/toast";
import { syncUser } from "@/lib/runs/request-queries";
import type { UserSyncRun } from "@/lib/runs/request-schema";
import type { User } from "@/lib/users/schema";

// Menus come while the user is on the way.
const UserActions = dynamic(() => import("../user-actions").then((file) => file.UserActions), {
  ssr: false,
  loading: () => <span className="inline-block size-8 align-middle pointer-coarse:size-10" />,
});

interface UserHeaderProps {
  user: User;
  onEdit: () => void;
}

/** Who it is, and what can be done with them. */
export function UserHeader({ user, onEdit }: UserHeaderProps) {
  const sync = useMutation(syncUser);
  const name = user.full_name ?? user.email;
  return (
    <PageHeader
      title={name}
      description={user.full_name ? user.email : "Without a name"}
      actions={
        <>
          <May scope="sync:run">
            <Button
              loading={sync.isPending}
              onClick={() =>
                sync.mutate(
                  { userId: user.id },
                  {
                    onSuccess: (run) => tell(name, run),
                    onError: (error) => toast.error(error.message),
                  },
                )
              }
            >
              {!sync.isPending && <RefreshCw aria-hidden />}
              Sync now
            </Button>
          </May>
          <May scope="users:write">
            <Button variant="primary" onClick={onEdit}>
              <Pencil aria-hidden />
              Edit
            </Button>
          </May>
          <UserActions user={user} onEdit={onEdit} />
        </>
      }
    />
  );
}

function tell(name: string, { results, done }: UserSyncRun): void {
  const failing = results.filter(({ status }) => status === "failed" || status === "retrying");
  if (failing.length > 0) toast.error(`${name} failed at ${failing.map(({ site }) => site).join(", ")}.`);
  else if (!done) toast.info(`${name} is on the way; some sites have not answered yet.`);
  else toast.success(`${name} is synced to ${count(results.length, "site")}.`);
}
