"use client";

import { useMutation } from "@tanstack/react-query";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { RelativeTime } from "@/components/ui/relative-time";
import { toast } from "@/components/ui/toast";
import { revokeKey } from "@/lib/keys/queries";
import type { ApiKey } from "@/lib/keys/schema";

interface RevokeDialogProps {
  apiKey: ApiKey;
  onClose: () => void;
}

/** Asks before a key stops working. */
export function RevokeDialog({ apiKey, onClose }: RevokeDialogProps) {
  const revoke = useMutation(revokeKey);

  function finish() {
    toast.success(`${apiKey.name} was revoked.`);
    onClose();
  }

  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Revoke ${apiKey.name}?`}
      action="Revoke"
      pending={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate(apiKey.id, { onSuccess: finish })}
    >
      <p>Whatever uses it is refused from the next request on. This cannot be undone.</p>
      <p>
        {apiKey.lastUsedAt ? (
          <>
            It was last used <RelativeTime value={apiKey.lastUsedAt} />.
          </>
        ) : (
          "It was never used."
        )}
      </p>
    </ConfirmDialog>
  );
}
