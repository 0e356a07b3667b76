"use client";

import { useMutation } from "@tanstack/react-query";
import { BellOff, CircleCheck, CircleX, Clock, Mail, Trash2, Webhook } from "lucide-react";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { IconButton } from "@/components/ui/icon-button";
import { RelativeTime } from "@/components/ui/relative-time";
import { EmptyState } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { deleteChannel, testChannel } from "@/lib/alerts/queries";
import type { AlertChannel } from "@/lib/alerts/schema";

/** Where alerts go, and whether they arrive. */
export function ChannelList({ channels }: { channels: AlertChannel[] }) {
  const [removing, setRemoving] = useState<AlertChannel | null>(null);
  if (channels.length === 0) {
    return (
      <EmptyState icon={BellOff} title="Alerts go nowhere yet">
        Add an e-mail address, or the webhook URL of a chat tool such as Slack.
      </EmptyState>
    );
  }
  return (
    <>
      <ul className="divide-y">
        {channels.map((channel) => (
          <ChannelItem key={channel.id} channel={channel} onRemove={() => setRemoving(channel)} />
        ))}
      </ul>
      {removing && <RemoveDialog channel={removing} onClose={() => setRemoving(null)} />}
    </>
  );
}

function ChannelItem({ channel, onRemove }: { channel: AlertChannel; onRemove: () => void }) {
  const test = useMutation(testChannel);
  const { id, kind, label, error } = channel;
  const Icon = kind === "email" ? Mail : Webhook;

  function send() {
    test.mutate(id, {
      onSuccess: ({ error: why }) => (why === null ? toast.success(`Sent to ${label}.`) : toast.error(why)),
      onError: ({ message }) => toast.error(message),
    });
  }

  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
      <Icon aria-hidden className="size-4 shrink-0 text-faint" />
      <div className="min-w-0 flex-1 basis-48">
        <p className="truncate font-medium" title={label}>
          {label}
        </p>
        {error && <p className="break-words text-bad text-xs">{error}</p>}
      </div>
      <ChannelState channel={channel} />
      <span className="flex gap-1">
        <Button loading={test.isPending} onClick={send} aria-label={`Send a test message to ${label}`}>
          Test
        </Button>
        <IconButton label={`Remove ${label}`} onClick={onRemove}>
          <Trash2 aria-hidden />
        </IconButton>
      </span>
    </li>
  );
}

function ChannelState({ channel: { failingSince, lastSentAt } }: { channel: AlertChannel }) {
  if (failingSince) {
    return (
      <Badge tone="bad" icon={CircleX}>
        Failing since <RelativeTime value={failingSince} />
      </Badge>
    );
  }
  if (lastSentAt) {
    return (
      <Badge tone="ok" icon={CircleCheck}>
        Last sent <RelativeTime value={lastSentAt} />
      </Badge>
    );
  }
  return (
    <Badge tone="idle" icon={Clock}>
      Nothing sent yet
    </Badge>
  );
}

function RemoveDialog({ channel, onClose }: { channel: AlertChannel; onClose: () => void }) {
  const remove = useMutation(deleteChannel);
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Remove ${channel.label}?`}
      action="Remove"
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(channel.id, { onSuccess: onClose })}
    >
      <p>No alert goes there any more, not even the end of one that goes on.</p>
    </ConfirmDialog>
  );
}
