"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { toast } from "sonner";
import type { z } from "zod";
import { useMay } from "@/components/access/use-may";
import { Button } from "@/components/ui/button";
import { FormError } from "@/components/ui/form-error";
import { count } from "@/components/ui/numbers";
import { Loaded, Skeleton } from "@/components/ui/states";
import { TextField } from "@/components/ui/text-field";
import { showServerErrors } from "@/lib/form-errors";
import { changeSettings, settingsQuery } from "@/lib/settings/queries";
import { type ChangeSettingsInput, changeSettingsInput } from "@/lib/settings/schema";

/** How long the log and the audit log are kept; owners change what can be changed. */
export function Retention() {
  const settings = useQuery(settingsQuery);
  const mayChange = useMay("access:manage");
  return (
    <div className="divide-y">
      <div className="space-y-3 p-4">
        <p className="text-soft">
          The log has a line for every attempt to write a user to a site. What is older than this is deleted
          in whole weeks; the numbers of the activity chart go with it.
        </p>
        <Loaded query={settings} loading={<Skeleton className="h-8 w-48" />}>
          {({ logDays }) =>
            mayChange ? (
              <LogDaysForm logDays={logDays} />
            ) : (
              <p className="font-medium tabular-nums">{count(logDays, "day")}</p>
            )
          }
        </Loaded>
      </div>
      <p className="p-4 text-soft">The audit log, which says who changed what, is kept for ever.</p>
    </div>
  );
}

type Fields = z.input<typeof changeSettingsInput>;

function LogDaysForm({ logDays }: { logDays: number }) {
  const { mutateAsync } = useMutation(changeSettings);
  const { register, handleSubmit, setError, formState } = useForm<Fields, unknown, ChangeSettingsInput>({
    resolver: zodResolver(changeSettingsInput),
    values: { logDays },
    // Somebody else's change does not overwrite what is being typed.
    resetOptions: { keepDirtyValues: true },
  });
  const { errors, isDirty, isSubmitting } = formState;

  async function save(input: ChangeSettingsInput) {
    try {
      await mutateAsync(input);
      toast.success(`The log is now kept for ${count(input.logDays, "day")}.`);
    } catch (error) {
      if (error instanceof Error) showServerErrors(error, ["logDays"], setError);
    }
  }

  return (
    <form noValidate onSubmit={handleSubmit(save)} className="space-y-3">
      <div className="flex items-start gap-2">
        <TextField
          label="Days the log is kept"
          type="number"
          inputMode="numeric"
          className="w-48"
          error={errors.logDays?.message}
          {...register("logDays", { valueAsNumber: true })}
        />
        <Button type="submit" disabled={!isDirty} loading={isSubmitting} className="mt-6.5">
          Save
        </Button>
      </div>
      <FormError error={errors.root?.message ? { message: errors.root.message } : null} />
    </form>
  );
}
