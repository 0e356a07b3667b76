"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { useSetTheme } from "@/components/ui/use-set-theme";

/** The choice of the theme. On a phone it is in Settings and in the palette only: the header's room is the state's. */
export function ThemeMenu() {
  const setTheme = useSetTheme();
  const trigger = (
    <Button variant="ghost" size="icon" aria-label="Theme" className="max-sm:hidden">
      <Sun aria-hidden className="dark:hidden" />
      <Moon aria-hidden className="hidden dark:block" />
    </Button>
  );
  return (
    <Menu trigger={trigger}>
      <MenuItem icon={<Sun aria-hidden />} onSelect={() => setTheme("light")}>
        Light
      </MenuItem>
      <MenuItem icon={<Moon aria-hidden />} onSelect={() => setTheme("dark")}>
        Dark
      </MenuItem>
      <MenuItem icon={<Monitor aria-hidden />} onSelect={() => setTheme("system")}>
        System
      </MenuItem>
    </Menu>
  );
}
