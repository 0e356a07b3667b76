"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useController, useForm } from "react-hook-form";

import { Button } from "@/components/ui/button";
import { Choices } from "@/components/ui/choices";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { TextField } from "@/components/ui/text-field";
import { showServerErrors } from "@/lib/form-errors";
import { invite } from "@/lib/members/queries";
import { type Invited, type InviteInput, inviteInput } from "@/lib/members/schema";
import { InvitationLink } from "./invitation-link";
import { roleChoices } from "./role-choices";

/** Invites somebody by a link that is shown this once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const [invited, setInvited] = useState<Invited | null>(null);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={invited ? "Invitation link" : "Invite member"}
      description={
        invited
          ? "It is shown this once and works once. Roster does not keep it."
          : "They open a link and sign in with an account of their own."
      }
    >
      {invited ? (
        <InvitationLink invited={invited} onClose={onClose} />
      ) : (
        <InviteForm onInvited={setInvited} onCancel={onClose} />
      )}
    </Dialog>
  );
}

interface InviteFormProps {
  onInvited: (invited: Invited) => void;
  onCancel: () => void;
}

function InviteForm({ onInvited, onCancel }: InviteFormProps) {
  const { mutateAsync } = useMutation(invite);
  const { register, control, handleSubmit, setError, formState } = useForm<InviteInput>({
    resolver: zodResolver(inviteInput),
    defaultValues: { email: "", role: "viewer" },
  });
  const role = useController({ control, name: "role" }).field;
  const { errors } = formState;

  async function save(input: InviteInput) {
    try {
      onInvited(await mutateAsync(input));
    } catch (error) {
      if (error instanceof Error) showServerErrors(error, ["email"], setError);
    }
  }

  return (
    <form noValidate onSubmit={handleSubmit(save)} className="flex min-h-0 flex-col">
      <DialogBody>
        <TextField
          label="E-mail"
          inputMode="email"
          autoComplete="off"
          placeholder="ada@example.com"
          error={errors.email?.message}
          {...register("email")}
        />
        <div className="space-y-1.5">
          <h3 className="font-medium">Role</h3>
          <Choices label="Role" value={role.value} options={roleChoices} onChange={role.onChange} />
        </div>
        <FormError error={errors.root?.message ? { message: errors.root.message } : null} />
      </DialogBody>
      <DialogFooter>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" loading={formState.isSubmitting}>
          Create invitation
        </Button>
      </DialogFooter>
    </form>
  );
}
