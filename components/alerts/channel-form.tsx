"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Choices } from "@/components/ui/choices";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { TextField } from "@/components/ui/text-field";
import { createChannel } from "@/lib/alerts/queries";
import { type ChannelCreated, createChannelInput } from "@/lib/alerts/schema";

interface ChannelFormProps {
  mail: boolean;
  onCreated: (channel: ChannelCreated) => void;
  onCancel: () => void;
}

export function ChannelForm({ mail, onCreated, onCancel }: ChannelFormProps) {
  const [kind, setKind] = useState<"webhook" | "email">("webhook");
  const [target, setTarget] = useState("");
  const [wrong, setWrong] = useState<string>();
  const create = useMutation(createChannel);

  function type(text: string) {
    setTarget(text);
    setWrong(undefined);
    create.reset();
  }

  function save(event: FormEvent) {
    event.preventDefault();
    const input = createChannelInput.safeParse(
      kind === "email" ? { kind, email: target.trim() } : { kind, url: target },
    );
    if (!input.success) return setWrong(input.error.issues[0]?.message);
    create.mutate(input.data, { onSuccess: onCreated });
  }

  const error = wrong ?? create.error?.message.replace(/^(url|email): /, "");
  return (
    <form noValidate onSubmit={save} className="flex min-h-0 flex-col">
      <DialogBody>
        <Choices
          label="Kind of channel"
          value={kind}
          options={OPTIONS}
          onChange={(next) => {
            setKind(next);
            type("");
          }}
        />
        {kind === "webhook" ? (
          <TextField
            label="Webhook URL"
            type="url"
            autoComplete="off"
            placeholder="https://hooks.slack.com/services/…"
            hint="It is sealed, and not shown again."
            value={target}
            error={error}
            onChange={(event) => type(event.target.value)}
          />
        ) : (
          <TextField
            label="E-mail address"
            type="email"
            autoComplete="off"
            placeholder="ops@example.com"
            hint={mail ? undefined : "This server cannot send mail yet: SMTP_URL and SMTP_FROM are not set."}
            value={target}
            error={error}
            onChange={(event) => type(event.target.value)}
          />
        )}
      </DialogBody>
      <DialogFooter>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" loading={create.isPending}>
          Add channel
        </Button>
      </DialogFooter>
    </form>
  );
}

const OPTIONS = [
  {
    value: "webhook",
    title: "Webhook",
    hint: "A chat tool, or a program of your own. A signed JSON message whose text chat tools show.",
  },
  { value: "email", title: "E-mail", hint: "Plain text, sent by this server's mail settings." },
] as const;
