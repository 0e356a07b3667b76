import type { ComponentProps, ReactNode } from "react";
import { useId } from "react";
import { cn } from "./cn";

interface TextFieldProps extends ComponentProps<"input"> {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
}

export const inputClasses =
  "h-8 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-sm text-ink shadow-card placeholder:text-faint pointer-coarse:h-10 pointer-coarse:text-lg";

/** A labelled text input with its hint, or with what is wrong with it. */
export function TextField({ label, hint, error, className, ...props }: TextFieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className={cn("min-w-0 space-y-1.5", className)}>
      <label htmlFor={id} className="block font-medium">
        {label}
      </label>
      <input
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        className={cn(
          inputClasses,
          // Chromium draws a triangle where there are suggestions, but only sometimes.
          props.list && "[&::-webkit-calendar-picker-indicator]:hidden!",
          error && "border-bad",
        )}
        {...props}
      />
      {note && (
        <p id={`${id}-note`} className={cn("text-xs", error ? "text-bad" : "text-faint")}>
          {note}
        </p>
      )}
    </div>
  );
}
