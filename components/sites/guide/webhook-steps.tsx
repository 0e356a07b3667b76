"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { WebhookCredentialsInput } from "@/lib/sites/credentials-schema";
import { saveWebhook } from "@/lib/sites/queries";
import type { Site } from "@/lib/sites/schema";
import { NewSecret } from "../new-secret";
import { WebhookForm } from "../webhook-form";
import type { GuideStep } from "./steps";

interface WebhookStepsProps {
  site: Site;
  onStep: (step: GuideStep) => void;
}

/** The endpoint of a webhook site, and the secret that was made for it, shown this once. */
export function WebhookSteps({ site, onStep }: WebhookStepsProps) {
  const [secret, setSecret] = useState<string | null>(null);
  const save = useMutation(saveWebhook);

  async function saveInput(input: WebhookCredentialsInput) {
    const { signingSecret } = await save.mutateAsync({ id: site.id, ...input });
    if (signingSecret) setSecret(signingSecret);
    onStep(signingSecret ? "prepare" : "sync");
  }

  return secret === null ? (
    <WebhookForm site={site} saving={save.isPending} onSave={saveInput} />
  ) : (
    <NewSecret site={site} secret={secret} replaced={false} next="Continue" onClose={() => onStep("sync")} />
  );
}
