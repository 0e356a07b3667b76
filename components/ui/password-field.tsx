"use client";

import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, type ReactNode, useId, useState } from "react";
import { cn } from "./cn";
import { inputClasses } from "./text-field";

interface PasswordFieldProps extends Omit<ComponentProps<"input">, "type"> {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
}

/** A password, hidden until its eye is clicked. */
export function PasswordField({ label, hint, error, className, ...props }: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  const id = useId();
  const note = error ?? hint;
  const Icon = shown ? EyeOff : Eye;
  return (
    <div className={cn("min-w-0 space-y-1.5", className)}>
      <label htmlFor={id} className="block font-medium">
        {label}
      </label>
      <div className="relative">
        <input
          id={id}
          type={shown ? "text" : "password"}
          spellCheck={false}
          autoCapitalize="none"
          aria-invalid={error ? true : undefined}
          aria-describedby={note ? `${id}-note` : undefined}
          className={cn(inputClasses, "pr-9", error && "border-bad")}
          {...props}
        />
        <button
          type="button"
          aria-label="Show the password"
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
          className="-translate-y-1/2 absolute top-1/2 right-1 grid size-6 place-items-center rounded text-faint hover:bg-hover hover:text-ink pointer-coarse:size-8"
        >
          <Icon aria-hidden className="size-4" />
        </button>
      </div>
      {note && (
        <p id={`${id}-note`} className={cn("text-xs", error ? "text-bad" : "text-faint")}>
          {note}
        </p>
      )}
    </div>
  );
}
