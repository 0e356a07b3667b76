"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { Dialog, DialogBody } from "@/components/ui/dialog";
import { ErrorState } from "@/components/ui/states";
import { userQuery } from "@/lib/users/queries";

// Forms come when they are opened.
const UserPanel = dynamic(() => import("./user-panel").then((file) => file.UserPanel), { ssr: false });

interface EditUserProps {
  id: string;
  onClose: () => void;
}

/** The panel of one user, kept up to date while one types. It opens with them, so that the focus moves once. */
export function EditUser({ id, onClose }: EditUserProps) {
  const user = useQuery(userQuery(id));
  if (user.data) return <UserPanel user={user.data} gone={user.error} onClose={onClose} />;
  if (!user.error) return null;
  return (
    <Dialog open onOpenChange={onClose} side="right" title="Edit user">
      <DialogBody>
        <ErrorState error={user.error} onRetry={() => user.refetch()} />
      </DialogBody>
    </Dialog>
  );
}
