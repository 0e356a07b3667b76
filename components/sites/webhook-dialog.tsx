"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog } from "@/components/ui/dialog";
import { saveWebhook } from "@/lib/sites/queries";
import type { Site } from "@/lib/sites/schema";
import { NewSecret } from "./new-secret";
import { WebhookForm } from "./webhook-form";

/** Where a site's webhook URL and signing secret are entered, tested and saved; a secret made here shows once. */
export function WebhookDialog({ site, onClose }: { site: Site; onClose: () => void }) {
  const [made, setMade] = useState<{ secret: string; replaced: boolean } | null>(null);
  const save = useMutation(saveWebhook);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={made ? `Signing secret of ${site.name}` : `Webhook settings of ${site.name}`}
      description={
        made
          ? "It is shown this once. Roster keeps it sealed and never shows it again."
          : "Roster calls this URL with a signed message for every user."
      }
    >
      {made ? (
        <NewSecret site={site} {...made} onClose={onClose} />
      ) : (
        <WebhookForm
          site={site}
          saving={save.isPending}
          onSave={async (input) => {
            const replaced = site.hasCredentials;
            const { signingSecret: secret } = await save.mutateAsync({ id: site.id, ...input });
            if (secret) setMade({ secret, replaced });
            else onClose();
          }}
        />
      )}
    </Dialog>
  );
}
