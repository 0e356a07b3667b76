"use client";

import type { LucideIcon } from "lucide-react";
import { RadioGroup } from "radix-ui";
import { cn } from "./cn";

interface Segment<Value extends string> {
  value: Value;
  text: string;
  icon?: LucideIcon;
}

interface SegmentedProps<Value extends string> {
  label: string;
  /** Null while it is not known: none is marked then. */
  value: Value | null;
  options: readonly Segment<Value>[];
  onChange: (value: Value) => void;
  /** Small enough for the head of a card. */
  small?: boolean;
}

/** One of a few words side by side; the arrow keys move the choice. */
export function Segmented<Value extends string>({
  label,
  value,
  options,
  onChange,
  small,
}: SegmentedProps<Value>) {
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value ?? ""}
      onValueChange={(chosen) => {
        const option = options.find((one) => one.value === chosen);
        if (option) onChange(option.value);
      }}
      className={cn("inline-flex rounded-lg border bg-sunken p-0.5", small && "rounded-md text-xs")}
    >
      {options.map(({ value: option, text, icon: Icon }) => (
        <RadioGroup.Item
          key={option}
          value={option}
          className={cn(
            "flex items-center gap-2 rounded-md text-soft transition-colors hover:text-ink data-[state=checked]:bg-surface data-[state=checked]:font-medium data-[state=checked]:text-ink data-[state=checked]:shadow-card dark:data-[state=checked]:bg-hover forced-colors:data-[state=checked]:outline",
            small ? "h-6 rounded px-2 pointer-coarse:h-10" : "h-8 px-3 pointer-coarse:h-10",
          )}
        >
          {Icon && <Icon aria-hidden className="size-4" />}
          {text}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
