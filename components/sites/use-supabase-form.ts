"use client";

import { useMutation } from "@tanstack/react-query";
import { type UseFormSetError, useForm } from "react-hook-form";
import type { z } from "zod";
import { showServerErrors } from "@/lib/form-errors";
import { credentialsInput, testConnectionInput } from "@/lib/sites/credentials-schema";
import { saveCredentials, testConnection } from "@/lib/sites/queries";
import type { Site } from "@/lib/sites/schema";

const FIELDS = ["supabaseUrl", "supabaseKey"] as const;

export interface SupabaseFields {
  supabaseUrl: string;
  supabaseKey: string;
}

export type SupabaseForm = ReturnType<typeof useSupabaseForm>;

/** A site's Supabase URL and key, to be tested and saved. The saved key never comes back here. */
export function useSupabaseForm(site: Site, onSaved: () => void) {
  const test = useMutation(testConnection);
  const save = useMutation(saveCredentials);
  const { register, control, getValues, setError, clearErrors, formState } = useForm<SupabaseFields>({
    defaultValues: { supabaseUrl: site.supabaseUrl ?? "", supabaseKey: "" },
  });

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
    if (input) save.mutate({ id: site.id, ...input }, { onSuccess: onSaved, onError: showError });
  }

  function showError(error: Error) {
    showServerErrors(error, FIELDS, setError);
  }

  return { register, control, errors: formState.errors, test, save, startTest, startSave };
}

function showIssues(error: z.ZodError, setError: UseFormSetError<SupabaseFields>): void {
  for (const field of FIELDS) {
    const issue = error.issues.find(({ path }) => path[0] === field);
    if (issue) setError(field, { message: issue.message }, { shouldFocus: true });
  }
}
