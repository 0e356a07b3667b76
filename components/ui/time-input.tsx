"use client";

import { useId } from "react";
import { cn } from "./cn";
import { inputClasses } from "./text-field";

interface TimeInputProps {
  label: string;
  /** A moment as ISO 8601. */
  value: string | null;
  onChange: (value: string | null) => void;
}

/** A moment, or none: the browser's own input, in the way and the zone of its user. */
export function TimeInput({ label, value, onChange }: TimeInputProps) {
  const id = useId();
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="text-faint">
        {label}
      </label>
      <input
        id={id}
        type="datetime-local"
        value={value === null ? "" : localText(value)}
        onChange={({ target }) => onChange(target.value ? new Date(target.value).toISOString() : null)}
        className={cn(inputClasses, "w-48", value === null && "text-soft")}
      />
    </div>
  );
}

/** A moment as the input writes it: the local time, to the minute, without a zone. */
function localText(moment: string): string {
  const time = new Date(moment);
  if (Number.isNaN(time.getTime())) return "";
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
