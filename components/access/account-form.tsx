"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import type { ReactNode } from "react";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { FormError } from "@/components/ui/form-error";
import { PasswordField } from "@/components/ui/password-field";
import { TextField } from "@/components/ui/text-field";
import { showServerErrors } from "@/lib/form-errors";
import { type SignInInput, signInInput } from "@/lib/session/schema";

interface AccountFormProps {
  email?: string | undefined;
  /** The browser offers a saved password, or to make one. */
  password: "current-password" | "new-password";
  passwordHint?: ReactNode;
  /** The verb on the button. */
  action: string;
  onSubmit: (account: SignInInput) => Promise<void>;
}

/** An account of the central project: e-mail and password. */
export function AccountForm({ email = "", password, passwordHint, action, onSubmit }: AccountFormProps) {
  const { register, handleSubmit, setError, resetField, setFocus, formState } = useForm<SignInInput>({
    resolver: zodResolver(signInInput),
    defaultValues: { email, password: "" },
  });
  const { errors, isSubmitting } = formState;

  async function submit(account: SignInInput) {
    try {
      await onSubmit(account);
    } catch (error) {
      if (!(error instanceof Error)) return;
      resetField("password");
      setFocus("password");
      showServerErrors(error, ["email", "password"], setError);
    }
  }

  return (
    // By POST, so that a form sent before the page is ready puts no password into an address.
    <form method="post" noValidate onSubmit={handleSubmit(submit)} className="space-y-4">
      <TextField
        label="E-mail"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus={email === ""}
        error={errors.email?.message}
        {...register("email")}
      />
      <PasswordField
        label="Password"
        autoComplete={password}
        autoFocus={email !== ""}
        hint={passwordHint}
        error={errors.password?.message}
        {...register("password")}
      />
      <FormError error={errors.root?.message ? { message: errors.root.message } : null} />
      <Button type="submit" variant="primary" loading={isSubmitting} className="h-9 w-full">
        {action}
      </Button>
    </form>
  );
}
