"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Ellipsis, Pencil, ScrollText, UserCheck, UserX } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Menu, MenuItem } from "@/components/ui/menu";
import { count } from "@/components/ui/numbers";
import { userStatesQuery } from "@/lib/runs/queries";
import { deactivateUser, reactivateUser } from "@/lib/users/queries";
import type { User } from "@/lib/users/schema";

interface UserActionsProps {
  user: User;
  onEdit: () => void;
}

/** What else can be done with a user, behind the three dots of their row. */
export function UserActions({ user, onEdit }: UserActionsProps) {
  const [asking, setAsking] = useState(false);
  const reactivate = useMutation(reactivateUser);
  const router = useRouter();
  const name = user.full_name ?? user.email;

  const trigger = (
    <Button variant="ghost" size="icon" aria-label={`More for ${name}`} loading={reactivate.isPending}>
      <Ellipsis aria-hidden />
    </Button>
  );
  return (
    <>
      <Menu trigger={trigger}>
        <MenuItem icon={<Pencil aria-hidden />} onSelect={onEdit}>
          Edit
        </MenuItem>
        <MenuItem
          icon={<ScrollText aria-hidden />}
          onSelect={() => router.push(`/log?user=${encodeURIComponent(user.id)}`)}
        >
          Show in the log
        </MenuItem>
        {user.status === "active" ? (
          <MenuItem danger icon={<UserX aria-hidden />} onSelect={() => setAsking(true)}>
            Deactivate
          </MenuItem>
        ) : (
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

function DeactivateDialog({ user, name, onClose }: { user: User; name: string; onClose: () => void }) {
  const deactivate = useMutation(deactivateUser);
  const states = useQuery(userStatesQuery(user.id, user.version));
  const sites = states.data
    ?.filter(({ status, synced_at }) => status !== "removed" && synced_at !== null)
    .sort((one, other) => one.site.localeCompare(other.site));
  const where = sites ? count(sites.length, "site") : "every connected site";
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Deactivate ${name}?`}
      action="Deactivate"
      pending={deactivate.isPending}
      error={deactivate.error}
      onConfirm={() => deactivate.mutate(user.id, { onSuccess: onClose })}
    >
      <p>
        {sites?.length === 0
          ? "This user is at no site yet, so nothing is removed there."
          : `This user will be removed from ${where}${sites ? `: ${sites.map(({ site }) => site).join(", ")}` : ""}.`}
      </p>
      <p>You can reactivate them later; they then come back to every site.</p>
    </ConfirmDialog>
  );
}
