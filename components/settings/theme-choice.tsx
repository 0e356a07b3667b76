"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useTheme } from "next-themes";
import { useSyncExternalStore } from "react";
import { Segmented } from "@/components/ui/segmented";
import { useSetTheme } from "@/components/ui/use-set-theme";

const THEMES = [
  { value: "system", text: "System", icon: Monitor },
  { value: "light", text: "Light", icon: Sun },
  { value: "dark", text: "Dark", icon: Moon },
] as const;

function subscribe() {
  return () => {};
}

export function ThemeChoice() {
  const { theme } = useTheme();
  const setTheme = useSetTheme();
  // The server cannot know the choice; until the browser tells it, none is marked.
  const known = useSyncExternalStore(
    subscribe,
    () => true,
    () => false,
  );
  const chosen = THEMES.find(({ value }) => known && value === theme);
  return <Segmented label="Theme" value={chosen?.value ?? null} options={THEMES} onChange={setTheme} />;
}
