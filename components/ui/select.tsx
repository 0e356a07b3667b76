"use client";

import { ChevronDown } from "lucide-react";
import { cn } from "./cn";
import { inputClasses } from "./text-field";

interface SelectProps<Value extends string> {
  label: string;
  value: Value | null;
  /** What the choice of nothing is called; without it, something is always chosen. */
  none?: string;
  options: readonly { value: Value; text: string }[];
  onChange: (value: Value | null) => void;
  disabled?: boolean;
  className?: string;
}

/** One of a few, or none: the browser's own select, which works with every keyboard and phone. */
export function Select<Value extends string>({
  label,
  value,
  none,
  options,
  onChange,
  disabled,
  className,
}: SelectProps<Value>) {
  return (
    <div className={cn("relative", className)}>
      <select
        aria-label={label}
        disabled={disabled}
        value={value ?? ""}
        onChange={(event) =>
          onChange(options.find((option) => option.value === event.target.value)?.value ?? null)
        }
        className={cn(
          inputClasses,
          "appearance-none truncate pr-8 disabled:opacity-55",
          !value && "text-soft",
        )}
      >
        {none !== undefined && <option value="">{none}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden
        className="-translate-y-1/2 pointer-events-none absolute top-1/2 right-2.5 size-3.5 text-faint"
      />
    </div>
  );
}
