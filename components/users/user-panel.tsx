"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogFooter } from "@/components/ui/dialog";
import { FormError } from "@/components/ui/form-error";
import { toast } from "@/components/ui/toast";
import { showServerErrors } from "@/lib/form-errors";
import { createUser, updateUser } from "@/lib/users/queries";
import { type CreateUserInput, createUserInput, type User } from "@/lib/users/schema";
import { ChangedMeanwhile } from "./changed-meanwhile";
import { type UserFields, UserFormFields } from "./user-form";

const FIELDS = ["full_name", "email", "role", "team", "department", "clerk_user_id"] as const;

interface UserPanelProps {
  /** The user to edit, as they are now; without one, a user is added. */
  user: User | null;
  /** Why the user is not to be had any more. */
  gone?: Error | null;
  onClose: () => void;
}

/** The side panel in which a user is added or edited. */
export function UserPanel({ user, gone = null, onClose }: UserPanelProps) {
  const [opened] = useState(user);
  const create = useMutation(createUser);
  const update = useMutation(updateUser);
  const { register, handleSubmit, setError, formState } = useForm<UserFields, unknown, CreateUserInput>({
    resolver: zodResolver(createUserInput),
    // Somebody else's change comes into the fields that nobody has typed into here.
    values: fieldsOf(user),
    resetOptions: { keepDirtyValues: true },
    mode: "onTouched",
  });

  async function save(input: CreateUserInput) {
    try {
      if (user) await update.mutateAsync({ ...changesOf(user, input), id: user.id });
      else await create.mutateAsync(input);
      if (!user) toast.success(`${input.full_name ?? input.email} was added.`);
      onClose();
    } catch (error) {
      if (error instanceof Error) showServerErrors(error, FIELDS, setError);
    }
  }

  return (
    <Dialog
      open
      onOpenChange={onClose}
      side="right"
      title={user ? `Edit ${user.full_name ?? user.email}` : "Add User"}
      description={
        user ? "A change goes to every connected site." : "The user is added to every connected site."
      }
    >
      <form noValidate onSubmit={handleSubmit(save)} className="flex min-h-0 flex-1 flex-col">
        <DialogBody>
          {user && opened && (
            <ChangedMeanwhile before={opened} now={user} typed={Object.keys(formState.dirtyFields)} />
          )}
          <UserFormFields register={register} errors={formState.errors} adding={!user} />
          <FormError error={messageOf(formState.errors.root) ?? gone} />
        </DialogBody>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="primary"
            loading={formState.isSubmitting}
            disabled={user !== null && (!formState.isDirty || gone !== null)}
          >
            {user ? "Save changes" : "Add User"}
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  );
}

function messageOf(root: { message?: string } | undefined): { message: string } | null {
  return root?.message ? { message: root.message } : null;
}

function fieldsOf(user: User | null): UserFields {
  return {
    full_name: user?.full_name ?? "",
    email: user?.email ?? "",
    role: user?.role ?? "user",
    team: user?.team ?? "",
    department: user?.department ?? "",
    clerk_user_id: user?.clerk_user_id ?? "",
  };
}

/** Only what differs: a field that somebody else changed meanwhile stays as they left it. */
function changesOf(user: User, input: CreateUserInput): Partial<CreateUserInput> {
  return Object.fromEntries(
    FIELDS.filter((name) => input[name] !== user[name]).map((name) => [name, input[name]]),
  );
}
