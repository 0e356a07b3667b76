"use client";

import { useQuery } from "@tanstack/react-query";
import type { FieldErrors, UseFormRegister } from "react-hook-form";
import type { z } from "zod";
import { TextField } from "@/components/ui/text-field";
import { userFacetsQuery } from "@/lib/users/queries";
import type { createUserInput } from "@/lib/users/schema";
import { Suggestions } from "./suggestions";

export type UserFields = z.input<typeof createUserInput>;

type UserErrors = FieldErrors<UserFields>;

interface UserFormFieldsProps {
  register: UseFormRegister<UserFields>;
  errors: UserErrors;
  /** An id that is not given is made when a user is added; a user who is there keeps theirs. */
  adding: boolean;
}

/** The fields of a user, for adding and for editing. */
export function UserFormFields({ register, errors, adding }: UserFormFieldsProps) {
  const { data: facets } = useQuery(userFacetsQuery);
  return (
    <>
      <TextField
        label="Full name"
        autoComplete="off"
        placeholder="Ada Lovelace"
        error={errors.full_name?.message}
        {...register("full_name")}
      />
      <TextField
        label="E-mail"
        inputMode="email"
        autoComplete="off"
        placeholder="ada@example.com"
        error={errors.email?.message}
        {...register("email")}
      />
      <TextField
        label="Role"
        autoComplete="off"
        list="user-roles"
        error={errors.role?.message}
        {...register("role")}
      />
      <Suggestions id="user-roles" values={facets?.roles} />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Team"
          autoComplete="off"
          list="user-teams"
          error={errors.team?.message}
          {...register("team")}
        />
        <Suggestions id="user-teams" values={facets?.teams} />
        <TextField
          label="Department"
          autoComplete="off"
          list="user-departments"
          error={errors.department?.message}
          {...register("department")}
        />
        <Suggestions id="user-departments" values={facets?.departments} />
      </div>
      <TextField
        label="Clerk id"
        autoComplete="off"
        hint={adding ? "Optional. Without one, the user's own id is used." : undefined}
        error={errors.clerk_user_id?.message}
        {...register(
          "clerk_user_id",
          adding ? { setValueAs: (text: string) => text.trim() || undefined } : {},
        )}
      />
    </>
  );
}
