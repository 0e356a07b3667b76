"use client";

import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Choices } from "@/components/ui/choices";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { TextField } from "@/components/ui/text-field";
import { showServerErrors } from "@/lib/form-errors";
import { type WebhookCredentialsInput, webhookCredentialsInput } from "@/lib/sites/credentials-schema";
import { testConnection } from "@/lib/sites/queries";
import type { Site } from "@/lib/sites/schema";
import { defaultWebhookUrl } from "@/lib/sites/webhook-url";
import { ConnectionReport } from "./connection-checks";

type Origin = "made" | "pasted";

interface WebhookFields {
  webhookUrl: string;
  signingSecret: string;
}
const FIELDS = ["webhookUrl", "signingSecret"] as const;

interface WebhookFormProps {
  site: Site;
  saving: boolean;
  onSave: (input: WebhookCredentialsInput) => Promise<void>;
}

/** The URL and the signing secret of a webhook site, made by Roster or pasted. */
export function WebhookForm({ site, saving, onSave }: WebhookFormProps) {
  const [origin, setOrigin] = useState<Origin>("made");
  const test = useMutation(testConnection);
  const { register, getValues, setError, clearErrors, formState } = useForm<WebhookFields>({
    defaultValues: { webhookUrl: site.webhookUrl ?? defaultWebhookUrl(site.url), signingSecret: "" },
  });
  const { errors } = formState;
  const fields = origin === "pasted" ? FIELDS : (["webhookUrl"] as const);
  // A secret that has yet to be made cannot be known to the site.
  const testable = site.hasCredentials || origin === "pasted";

  /** Reads the form by the contract of the call; null after its mistakes were shown. */
  function read(): WebhookCredentialsInput | null {
    clearErrors();
    const { webhookUrl, signingSecret } = getValues();
    const given = origin === "pasted" ? { webhookUrl, signingSecret } : { webhookUrl };
    const parsed = webhookCredentialsInput.safeParse(given);
    if (parsed.success) return parsed.data;
    for (const field of fields) {
      const issue = parsed.error.issues.find(({ path }) => path[0] === field);
      if (issue) setError(field, { message: issue.message }, { shouldFocus: true });
    }
    return null;
  }

  function startTest() {
    const input = read();
    if (input) test.mutate({ id: site.id, ...input }, { onError: showError });
  }

  async function startSave() {
    const input = read();
    if (!input) return;
    await onSave(input).catch(showError);
  }

  function showError(error: Error) {
    showServerErrors(error, fields, setError);
  }

  return (
    <form
      noValidate
      className="flex min-h-0 flex-1 flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        void startSave();
      }}
    >
      <DialogBody>
        <TextField
          label="Webhook URL"
          inputMode="url"
          autoComplete="off"
          hint={
            <>
              Its developer finds a receiver to copy in{" "}
              <Link
                href="/docs/receiving-users"
                target="_blank"
                className="text-accent-text underline underline-offset-2"
              >
                Receiving users
              </Link>
              .
            </>
          }
          error={errors.webhookUrl?.message}
          {...register("webhookUrl")}
        />
        <div className="space-y-1.5">
          <h3 className="font-medium">Signing secret</h3>
          <Choices label="Signing secret" value={origin} options={ORIGINS} onChange={setOrigin} />
          <p className="text-faint text-xs">{savedText(site)}</p>
        </div>
        {origin === "pasted" && (
          <TextField
            label="Secret"
            type="password"
            autoComplete="new-password"
            placeholder="whsec_…"
            error={errors.signingSecret?.message}
            {...register("signingSecret")}
          />
        )}
        <FormError error={errors.root?.message ? { message: errors.root.message } : null} />
        <ConnectionReport test={test} kind={site.kind} />
      </DialogBody>
      <DialogFooter>
        {testable && (
          <Button onClick={startTest} loading={test.isPending}>
            Test Connection
          </Button>
        )}
        <Button type="submit" variant="primary" loading={saving}>
          {site.hasCredentials ? "Save and replace secret" : "Save"}
        </Button>
      </DialogFooter>
    </form>
  );
}

const ORIGINS = [
  { value: "made", title: "Make a new one", hint: "It is shown once, for you to give to the site." },
  { value: "pasted", title: "Paste one", hint: "The one that the site checks with already." },
] as const;

function savedText({ hasCredentials, keyLastFour }: Site): string {
  if (!hasCredentials) return "It stays on the server.";
  const which = keyLastFour ? `The saved secret ends in ${keyLastFour}.` : "A secret is saved.";
  return `${which} Once replaced, the old secret keeps working for 24 hours.`;
}
