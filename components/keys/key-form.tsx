"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useController, useForm } from "react-hook-form";
import type { z } from "zod";
import { Button } from "@/components/ui/button";
import { CheckField } from "@/components/ui/check-field";
import { DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { Select } from "@/components/ui/select";
import { TextField } from "@/components/ui/text-field";
import { showServerErrors } from "@/lib/form-errors";
import { createKey } from "@/lib/keys/queries";
import { type CreatedKey, type CreateKeyInput, createKeyInput, type KeyScope } from "@/lib/keys/schema";
import { scopeChoices } from "./scopes";

type KeyFields = z.input<typeof createKeyInput>;

/** Days until the end; a key that is forgotten should stop by itself unless somebody wants otherwise. */
const LIVES = [
  { value: "30", text: "In 30 days" },
  { value: "90", text: "In 90 days" },
  { value: "365", text: "In a year" },
] as const;
const USUAL_DAYS = 90;

interface KeyFormProps {
  onCreated: (created: CreatedKey) => void;
  onCancel: () => void;
}

export function KeyForm({ onCreated, onCancel }: KeyFormProps) {
  const { mutateAsync } = useMutation(createKey);
  const { register, control, handleSubmit, setError, formState } = useForm<
    KeyFields,
    unknown,
    CreateKeyInput
  >({
    resolver: zodResolver(createKeyInput),
    defaultValues: { name: "", scopes: [], expiresInDays: USUAL_DAYS },
  });
  const scopes = useController({ control, name: "scopes" }).field;
  const days = useController({ control, name: "expiresInDays" }).field;
  const { errors } = formState;

  async function save(input: CreateKeyInput) {
    try {
      onCreated(await mutateAsync(input));
    } catch (error) {
      if (error instanceof Error) showServerErrors(error, ["name", "scopes"], setError);
    }
  }

  return (
    <form noValidate onSubmit={handleSubmit(save)} className="flex min-h-0 flex-col">
      <DialogBody>
        <TextField
          label="Name"
          autoComplete="off"
          placeholder="Nightly import"
          hint="What will use it, so that you know later what to revoke."
          error={errors.name?.message}
          {...register("name")}
        />
        <ScopeFields value={scopes.value} onChange={scopes.onChange} error={errors.scopes?.message} />
        <div className="space-y-1.5">
          <h3 className="font-medium">Expires</h3>
          <Select
            label="Expires"
            none="Never"
            value={LIVES.find(({ value }) => value === String(days.value))?.value ?? null}
            options={LIVES}
            onChange={(value) => days.onChange(value ? Number(value) : undefined)}
            className="w-40"
          />
        </div>
        <FormError error={errors.root?.message ? { message: errors.root.message } : null} />
      </DialogBody>
      <DialogFooter>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" loading={formState.isSubmitting}>
          Create key
        </Button>
      </DialogFooter>
    </form>
  );
}

interface ScopeFieldsProps {
  value: KeyScope[];
  onChange: (value: KeyScope[]) => void;
  error: string | undefined;
}

function ScopeFields({ value, onChange, error }: ScopeFieldsProps) {
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1.5 font-medium">What it may do</legend>
      <div className="space-y-2.5 rounded-lg border border-line-strong px-3 py-2.5">
        {scopeChoices.map(({ scope, meaning }) => (
          <CheckField
            key={scope}
            label={scope}
            hint={meaning}
            checked={value.includes(scope)}
            onChange={(checked) =>
              onChange(checked ? [...value, scope] : value.filter((chosen) => chosen !== scope))
            }
          />
        ))}
      </div>
      {error && (
        <p role="alert" className="mt-1.5 text-bad text-xs">
          {error}
        </p>
      )}
    </fieldset>
  );
}
