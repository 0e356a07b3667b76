"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Ellipsis, Pencil, RotateCw, ScrollText, UserCheck, UserX } from "lucide-react";
import { useRouter } from "next/navigation";
import { type ComponentProps, useState } from "react";
import { useMay } from "@/components/access/use-may";
import { canRetry } from "@/components/sync/pair-status";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { count } from "@/components/ui/numbers";
import { toast } from "@/components/ui/toast";
import { userStatesQuery } from "@/lib/runs/queries";
import { retrySync } from "@/lib/runs/request-queries";
import { reactivateUser } from "@/lib/users/queries";
import type { User } from "@/lib/users/schema";
import { DeactivateDialog } from "./deactivate-dialog";

interface UserActionsProps {
  user: User;
  onEdit: () => void;
  opened?: ComponentProps<typeof Menu>["opened"];
}

/** What else can be done with a user, behind the three dots of their row. */
export function UserActions({ user, onEdit, opened }: UserActionsProps) {
  const [asking, setAsking] = useState(false);
  const reactivate = useMutation(reactivateUser);
  const retry = useMutation(retrySync);
  const writes = useMay("users:write");
  const runs = useMay("sync:run");
  const router = useRouter();
  const name = user.full_name ?? user.email;

  function startRetry() {
    retry.mutate(
      { userId: user.id },
      {
        onSuccess: ({ pairs }) =>
          toast.success(
            pairs > 0 ? `Trying ${name} again at ${count(pairs, "site")}.` : `Trying ${name} again.`,
          ),
        onError: (error) => toast.error(error.message),
      },
    );
  }

  const busy = reactivate.isPending || retry.isPending;
  const trigger = (
    <Button variant="ghost" size="icon" aria-label={`More for ${name}`} loading={busy}>
      <Ellipsis aria-hidden />
    </Button>
  );
  return (
    <>
      <Menu trigger={trigger} opened={opened}>
        {writes && (
          <MenuItem icon={<Pencil aria-hidden />} onSelect={onEdit}>
            Edit
          </MenuItem>
        )}
        {runs && <RetryItem user={user} onSelect={startRetry} />}
        <MenuItem
          icon={<ScrollText aria-hidden />}
          onSelect={() => router.push(`/log?userId=${encodeURIComponent(user.id)}`)}
        >
          Show in the log
        </MenuItem>
        {writes && user.status === "active" && (
          <MenuItem danger icon={<UserX aria-hidden />} onSelect={() => setAsking(true)}>
            Deactivate
          </MenuItem>
        )}
        {writes && user.status === "inactive" && (
          <MenuItem
            icon={<UserCheck aria-hidden />}
            onSelect={() => reactivate.mutate(user.id, { onError: (error) => toast.error(error.message) })}
          >
            Reactivate
          </MenuItem>
        )}
      </Menu>
      {asking && <DeactivateDialog user={user} name={name} onClose={() => setAsking(false)} />}
    </>
  );
}

/** Offered where something fails, which is asked when the menu opens: a list has many of them. */
function RetryItem({ user, onSelect }: { user: User; onSelect: () => void }) {
  const states = useQuery(userStatesQuery(user.id, user.version));
  if (!states.data?.some(canRetry)) return null;
  return (
    <MenuItem icon={<RotateCw aria-hidden />} onSelect={onSelect}>
      Retry what failed
    </MenuItem>
  );
}
