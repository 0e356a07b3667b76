"use client";

import { useMutation } from "@tanstack/react-query";
import { type UseFormSetError, useForm } from "react-hook-form";
import type { z } from "zod";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { TextField } from "@/components/ui/text-field";
import { showServerErrors } from "@/lib/form-errors";
import { saveCredentials, testConnection } from "@/lib/sites/queries";
import { credentialsInput, type Site, testConnectionInput } from "@/lib/sites/schema";
import { ConnectionChecks } from "./connection-checks";
import { KeyNotice } from "./key-notice";

const FIELDS = ["supabaseUrl", "supabaseKey"] as const;

interface CredentialFields {
  supabaseUrl: string;
  supabaseKey: string;
}

interface CredentialsDialogProps {
  site: Site;
  /** The SQL that prepares the site's database. */
  sql: string;
  onClose: () => void;
}

/** Where a site's Supabase URL and key are entered, tested and saved. The saved key never comes back here. */
export function CredentialsDialog({ site, sql, onClose }: CredentialsDialogProps) {
  const test = useMutation(testConnection);
  const save = useMutation(saveCredentials);
  const { register, control, getValues, setError, clearErrors, formState } = useForm<CredentialFields>({
    defaultValues: { supabaseUrl: site.supabaseUrl ?? "", supabaseKey: "" },
  });
  const { errors } = formState;

  /** Reads the form by the contract of a call; null after its mistakes were shown. */
  function read<Schema extends z.ZodType>(schema: Schema, values: unknown): z.output<Schema> | null {
    clearErrors();
    const parsed = schema.safeParse(values);
    if (parsed.success) return parsed.data;
    showIssues(parsed.error, setError);
    return null;
  }

  function startTest() {
    const { supabaseUrl, supabaseKey } = getValues();
    // An empty key means the saved one, if there is one.
    const schema = site.hasCredentials ? testConnectionInput : credentialsInput;
    const key = site.hasCredentials && supabaseKey === "" ? {} : { supabaseKey };
    const input = read(schema, { supabaseUrl, ...key });
    if (input) test.mutate({ id: site.id, ...input }, { onError: showError });
  }

  function startSave() {
    const input = read(credentialsInput, getValues());
    if (input) save.mutate({ id: site.id, ...input }, { onSuccess: onClose, onError: showError });
  }

  function showError(error: Error) {
    showServerErrors(error, FIELDS, setError);
  }

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Supabase credentials of ${site.name}`}
      description="From the site's Supabase project: Settings, API Keys."
    >
      <form
        noValidate
        className="flex min-h-0 flex-col"
        onSubmit={(event) => {
          event.preventDefault();
          startSave();
        }}
      >
        <DialogBody>
          <TextField
            label="Supabase URL"
            inputMode="url"
            autoComplete="off"
            placeholder="https://abcdefgh.supabase.co"
            error={errors.supabaseUrl?.message}
            {...register("supabaseUrl")}
          />
          <TextField
            label="Supabase key"
            type="password"
            autoComplete="new-password"
            placeholder="sb_secret_…"
            hint={keyHint(site)}
            error={errors.supabaseKey?.message}
            {...register("supabaseKey")}
          />
          <KeyNotice control={control} />
          <div className="flex flex-wrap items-center justify-between gap-2 rounded-lg bg-sunken px-3 py-2">
            <p className="text-soft">First time? Run this in the site's SQL Editor.</p>
            <CopyButton text={sql}>Copy SQL</CopyButton>
          </div>
          <FormError error={errors.root?.message ? { message: errors.root.message } : null} />
          {test.data && !test.isPending && <ConnectionChecks test={test.data} />}
        </DialogBody>
        <DialogFooter>
          <Button onClick={startTest} loading={test.isPending}>
            Test Connection
          </Button>
          <Button type="submit" variant="primary" loading={save.isPending}>
            Save Credentials
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  );
}

function keyHint({ keyLastFour, hasCredentials }: Site): string {
  if (keyLastFour) return `Saved key ends in ${keyLastFour}. It stays on the server.`;
  if (hasCredentials) return "A key is saved. It stays on the server.";
  return "A secret key (sb_secret_… or service_role). It stays on the server.";
}

function showIssues(error: z.ZodError, setError: UseFormSetError<CredentialFields>): void {
  for (const field of FIELDS) {
    const issue = error.issues.find(({ path }) => path[0] === field);
    if (issue) setError(field, { message: issue.message }, { shouldFocus: true });
  }
}
