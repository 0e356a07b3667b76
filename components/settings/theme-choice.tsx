"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useTheme } from "next-themes";
import { RadioGroup } from "radix-ui";
import { useSyncExternalStore } from "react";

const THEMES = [
  { value: "system", text: "System", icon: Monitor },
  { value: "light", text: "Light", icon: Sun },
  { value: "dark", text: "Dark", icon: Moon },
] as const;

function subscribe() {
  return () => {};
}

export function ThemeChoice() {
  const { theme, setTheme } = useTheme();
  // The server cannot know the choice; until the browser tells it, none is marked.
  const known = useSyncExternalStore(
    subscribe,
    () => true,
    () => false,
  );
  return (
    <RadioGroup.Root
      aria-label="Theme"
      value={known && theme ? theme : ""}
      onValueChange={setTheme}
      className="inline-flex rounded-lg border bg-sunken p-0.5"
    >
      {THEMES.map(({ value, text, icon: Icon }) => (
        <RadioGroup.Item
          key={value}
          value={value}
          className="flex h-8 items-center gap-2 rounded-md px-3 text-soft transition-colors hover:text-ink data-[state=checked]:bg-surface dark:data-[state=checked]:bg-hover data-[state=checked]:font-medium data-[state=checked]:text-ink data-[state=checked]:shadow-card pointer-coarse:h-10"
        >
          <Icon aria-hidden className="size-4" />
          {text}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
