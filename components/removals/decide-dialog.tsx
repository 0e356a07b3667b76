"use client";

import { useMutation } from "@tanstack/react-query";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { count } from "@/components/ui/numbers";
import { toast } from "@/components/ui/toast";
import { approveRemovals, rejectRemovals } from "@/lib/removals/queries";
import type { DecideInput } from "@/lib/removals/schema";

/** What somebody is about to decide, with the number that was on the page when they asked. */
export interface Decision {
  kind: "approve" | "reject";
  input: DecideInput;
  removals: number;
  /** The site's name, or how many sites. */
  where: string;
  /** The user, when it is about one. */
  who: string | null;
}

interface DecideDialogProps {
  decision: Decision;
  onClose: () => void;
}

/** Asks once more, and says what will happen to how many. */
export function DecideDialog({ decision, onClose }: DecideDialogProps) {
  return decision.kind === "approve" ? (
    <ApproveDialog decision={decision} onClose={onClose} />
  ) : (
    <RejectDialog decision={decision} onClose={onClose} />
  );
}

function ApproveDialog({ decision: { input, removals, where, who }, onClose }: DecideDialogProps) {
  const approve = useMutation(approveRemovals);
  const from = who === null ? count(removals, "removal") : "1 removal";
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={who === null ? `Approve ${from} at ${where}?` : `Remove ${who} from ${where}?`}
      action={`Approve ${from}`}
      pending={approve.isPending}
      error={approve.error}
      onConfirm={() =>
        approve.mutate(input, {
          onSuccess: ({ approved }) => {
            toast.success(`${count(approved, "removal")} approved.`);
            onClose();
          },
        })
      }
    >
      <p>
        {who === null ? `${count(removals, "row")} at ${where}` : "The row there"} will be removed as each
        site's removal policy says.
      </p>
      <p>This does not change the list: who left stays as they are there.</p>
    </ConfirmDialog>
  );
}

function RejectDialog({ decision: { input, removals, where, who }, onClose }: DecideDialogProps) {
  const reject = useMutation(rejectRemovals);
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      variant="primary"
      title={who === null ? `Reject ${count(removals, "removal")} at ${where}?` : `Put ${who} back?`}
      action={who === null ? `Reject ${count(removals, "removal")}` : "Put back"}
      pending={reject.isPending}
      error={reject.error}
      onConfirm={() =>
        reject.mutate(input, {
          onSuccess: ({ restored, conflicts, changed }) => {
            if (conflicts.length > 0) toast.error(conflictText(conflicts));
            if (changed.length > 0) toast.error(changedText(changed));
            if (conflicts.length + changed.length === 0)
              toast.success(`${count(restored, "user")} put back.`);
            onClose();
          },
        })
      }
    >
      <p>
        {who === null ? "These users are" : "This user is"} put back as they were before they left, here and
        at every site, also where they have been removed already: active again, and with the fields back that
        made them leave a site's scope.
      </p>
    </ConfirmDialog>
  );
}

function changedText(changed: readonly string[]): string {
  const [first] = changed;
  return changed.length === 1
    ? `${first} stays held: what made them leave the site's scope was changed again since. Edit the user, or approve the removal.`
    : `${count(changed.length, "user")} stay held: what made them leave the site's scope was changed again since. Edit these users, or approve their removals.`;
}

function conflictText(conflicts: readonly string[]): string {
  const [first] = conflicts;
  return conflicts.length === 1
    ? `${first} stays held: another user has their e-mail address by now. Give that one another address, then reject again.`
    : `${count(conflicts.length, "user")} stay held: other users have their e-mail addresses by now. Change those, then reject again.`;
}
