"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { CheckField } from "@/components/ui/check-field";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { count, formatNumber } from "@/components/ui/numbers";
import { toast } from "@/components/ui/toast";
import { assertList } from "@/lib/runs/request-queries";
import type { Asserted } from "@/lib/runs/request-schema";
import type { Overview } from "@/lib/runs/schema";

interface AssertDialogProps {
  overview: Overview;
  onClose: () => void;
}

/** Asks before the list is written over the newer rows of the sites. */
export function AssertDialog({ overview: { users, newerRows }, onClose }: AssertDialogProps) {
  const [removeUnknown, setRemoveUnknown] = useState(false);
  const assert = useMutation(assertList);
  const unknown = newerRows.reduce((sum, site) => sum + site.unknown, 0);

  function finish(asserted: Asserted) {
    toast.success(startedText(asserted, removeUnknown));
    onClose();
  }

  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title="Make the list win?"
      action="Make the list win"
      pending={assert.isPending}
      error={assert.error}
      onConfirm={() => assert.mutate(removeUnknown, { onSuccess: finish })}
    >
      <p>
        Every user of the list ({formatNumber(users.active + users.inactive)}) is sent to every site again and
        wins over the newer rows:{" "}
        {newerRows.map(({ site, known }) => `${formatNumber(known)} at ${site}`).join(", ")}.
      </p>
      <p>What was changed in those rows is lost at the sites. To keep a change, make it here first.</p>
      {unknown > 0 && (
        <CheckField
          label={`Also remove ${count(unknown, "user")} the list does not know`}
          hint="They were written at the sites after the last sync. After a restored backup they may be people who joined since; to keep them, leave them there or add them here."
          checked={removeUnknown}
          onChange={setRemoveUnknown}
        />
      )}
    </ConfirmDialog>
  );
}

function startedText({ users, unknown }: Asserted, removeUnknown: boolean): string {
  const removed = removeUnknown && unknown > 0 ? ` and removing ${count(unknown, "unknown user")}` : "";
  return `Sending ${count(users, "user")} again${removed}.`;
}
