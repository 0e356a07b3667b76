"use client";

import dynamic from "next/dynamic";
import { Skeleton } from "@/components/ui/states";

const room = () => <Skeleton className="size-8" />;

// Menus come with a library that no page needs before it is there to be used; their room is kept.
export const UserMenu = dynamic(() => import("./user-menu").then((file) => file.UserMenu), {
  ssr: false,
  loading: room,
});
export const ThemeMenu = dynamic(() => import("./theme-menu").then((file) => file.ThemeMenu), {
  ssr: false,
  loading: () => <Skeleton className="size-8 max-sm:hidden" />,
});
