"use client";

import { useQuery } from "@tanstack/react-query";
import {
  BookText,
  CirclePause,
  Globe,
  LogOut,
  type LucideIcon,
  Monitor,
  Moon,
  RefreshCw,
  Sun,
  UserPlus,
} from "lucide-react";
import type { Route } from "next";
import { useRouter } from "next/navigation";
import { settingsPartsFor } from "@/components/settings/parts";
import { useSetTheme } from "@/components/ui/use-set-theme";
import { type MemberScope, roleMay } from "@/lib/access/roles";
import { sessionQuery } from "@/lib/session/queries";
import { places } from "./places";
import { useSignOut } from "./use-sign-out";

interface Command {
  id: string;
  text: string;
  /** Other words by which it is found. */
  words?: string;
  icon: LucideIcon;
  run: () => void;
}

export interface CommandList {
  heading: string;
  commands: Command[];
  /** Comes after the users and sites that are found. */
  last?: boolean;
}

const ACTIONS: { text: string; words: string; icon: LucideIcon; href: Route; scope: MemberScope }[] = [
  {
    text: "Sync All Users",
    words: "send everybody again run start",
    icon: RefreshCw,
    href: "/sync?start=true",
    scope: "sync:run",
  },
  {
    text: "Add User",
    words: "new create person",
    icon: UserPlus,
    href: "/users?add=true",
    scope: "users:write",
  },
  {
    text: "Add Site",
    words: "new connect project",
    icon: Globe,
    href: "/sites?add=true",
    scope: "sites:write",
  },
  {
    text: "Review held removals",
    words: "guard approve reject leave",
    icon: CirclePause,
    href: "/removals",
    scope: "users:write",
  },
];

const THEMES = [
  { text: "Light theme", value: "light", icon: Sun },
  { text: "Dark theme", value: "dark", icon: Moon },
  { text: "Theme of the system", value: "system", icon: Monitor },
] as const;

/** Everything that can be done from the palette, for the role of whoever is signed in. */
export function useCommands(): CommandList[] {
  const router = useRouter();
  const setTheme = useSetTheme();
  const { start: signOut } = useSignOut();
  const { data: session } = useQuery(sessionQuery);
  const role = session?.role ?? "viewer";

  const goTo = (href: Route, text: string, icon: LucideIcon, words = ""): Command => ({
    id: href,
    text,
    words,
    icon,
    run: () => router.push(href),
  });
  return [
    {
      heading: "Actions",
      commands: ACTIONS.filter(({ scope }) => roleMay(role, scope)).map((action) =>
        goTo(action.href, action.text, action.icon, action.words),
      ),
    },
    {
      heading: "Go to",
      commands: [
        ...places.map(({ href, name, icon }) => goTo(href, name, icon)),
        ...settingsPartsFor(role)
          .filter(({ href }) => href !== "/settings")
          .map(({ href, name, icon }) => goTo(href, name, icon, "settings")),
        goTo("/docs/api", "API reference", BookText, "docs calls curl openapi"),
      ],
    },
    {
      heading: "This browser",
      last: true,
      commands: [
        ...THEMES.map(({ text, value, icon }) => ({
          id: `theme:${value}`,
          text,
          words: "appearance colours mode",
          icon,
          run: () => setTheme(value),
        })),
        { id: "sign-out", text: "Sign out", words: "log out leave", icon: LogOut, run: () => signOut(false) },
      ],
    },
  ];
}

/** Whether every word of a search begins a word of the text; both are parted at whatever is no letter and no digit. */
export function matches(text: string, search: string): boolean {
  const words = wordsOf(text);
  const wanted = wordsOf(search);
  if (wanted.length === 0) return search.trim() === "";
  return wanted.every((start) => words.some((word) => word.startsWith(start)));
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}
