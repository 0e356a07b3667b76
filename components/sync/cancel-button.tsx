"use client";

import { useMutation } from "@tanstack/react-query";
import { Ban } from "lucide-react";
import { useState } from "react";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { formatNumber } from "@/components/ui/numbers";
import { cancelRun } from "@/lib/runs/request-queries";
import type { Run } from "@/lib/runs/schema";

/** Ends a sync of all users that is under way; the first sync of a site and that of one user go to their end. */
export function CancelButton({ run }: { run: Run }) {
  const [asked, setAsked] = useState(false);
  const cancel = useMutation(cancelRun);
  if (run.kind !== "all" || run.finishedAt) return null;
  const isEnding = run.cancelledAt !== undefined || cancel.isSuccess;
  return (
    <May scope="sync:run">
      <Button disabled={isEnding} onClick={() => setAsked(true)}>
        <Ban aria-hidden />
        {isEnding ? "Cancelling" : "Cancel sync"}
      </Button>
      <ConfirmDialog
        open={asked}
        onOpenChange={setAsked}
        title="Cancel this sync?"
        action="Cancel sync"
        dismiss="Keep syncing"
        pending={cancel.isPending}
        error={cancel.error}
        onConfirm={() => cancel.mutate(run.id, { onSuccess: () => setAsked(false) })}
      >
        <p>
          {formatNumber(run.pending)} of {formatNumber(run.total)} are not sent again. What was sent stays,
          and what is on its way arrives.
        </p>
        <p>Changes of users still reach every site by themselves.</p>
      </ConfirmDialog>
    </May>
  );
}
