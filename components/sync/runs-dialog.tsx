"use client";

import { Dialog, DialogBody } from "@/components/ui/dialog";
import { RunList } from "./run-list";

interface RunsDialogProps {
  onShow: (runId: string) => void;
  onClose: () => void;
}

/** The syncs that were asked for last, whoever asked; choosing one shows it. */
export function RunsDialog({ onShow, onClose }: RunsDialogProps) {
  return (
    <Dialog
      open
      onOpenChange={onClose}
      side="right"
      title="Latest syncs"
      description="Of all users, and of single sites after their settings changed."
    >
      <DialogBody>
        <RunList
          onShow={(runId) => {
            onClose();
            onShow(runId);
          }}
        />
      </DialogBody>
    </Dialog>
  );
}
