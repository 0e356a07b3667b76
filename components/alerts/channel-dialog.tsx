"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { OneTimeText } from "@/components/ui/one-time-text";
import type { ChannelCreated } from "@/lib/alerts/schema";
import { ChannelForm } from "./channel-form";

interface ChannelDialogProps {
  /** Whether this server can send mail. */
  mail: boolean;
  onClose: () => void;
}

/** Adds a channel. The key that signs its messages is shown this once. */
export function ChannelDialog({ mail, onClose }: ChannelDialogProps) {
  const [secret, setSecret] = useState<string | null>(null);

  function finish({ signingSecret }: ChannelCreated) {
    if (signingSecret === undefined) onClose();
    else setSecret(signingSecret);
  }

  if (secret === null) {
    return (
      <Dialog
        open
        onOpenChange={onClose}
        title="Add channel"
        description="It is told of what starts from now on, and when that is over."
      >
        <ChannelForm mail={mail} onCreated={finish} onCancel={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Channel added"
      description="Messages are signed with this secret. A chat tool does not need it; a program of your own checks it. You will not see it again."
    >
      <DialogBody>
        <OneTimeText label="Signing secret" text={secret} copy="Copy secret" />
      </DialogBody>
      <DialogFooter>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
