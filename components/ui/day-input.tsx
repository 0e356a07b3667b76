"use client";

import { useId } from "react";
import { cn } from "./cn";
import { inputClasses } from "./text-field";

interface DayInputProps {
  label: string;
  /** As `2026-01-31`. */
  value: string | null;
  onChange: (value: string | null) => void;
}

/** A day, or none: the browser's own input, in the way its user writes dates. */
export function DayInput({ label, value, onChange }: DayInputProps) {
  const id = useId();
  return (
    <div className="flex items-center gap-2 max-sm:flex-1">
      <label htmlFor={id} className="text-faint max-sm:w-8">
        {label}
      </label>
      <input
        id={id}
        type="date"
        value={value ?? ""}
        onChange={(event) => onChange(event.target.value || null)}
        className={cn(inputClasses, "w-36 max-sm:flex-1", !value && "text-soft")}
      />
    </div>
  );
}
