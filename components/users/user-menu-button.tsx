"use client";

import { Ellipsis } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import type { User } from "@/lib/users/schema";

const load = () => import("./user-actions");
const UserActions = dynamic(() => load().then((file) => file.UserActions), {
  ssr: false,
  loading: () => <span className="inline-block size-8 align-middle pointer-coarse:size-10" />,
});

interface UserMenuButtonProps {
  user: User;
  name: string;
  onEdit: () => void;
}

/** The three dots of a row. Their menu is made when it is first asked for: a list has many of them. */
export function UserMenuButton({ user, name, onEdit }: UserMenuButtonProps) {
  const [asked, setAsked] = useState<"pointer" | "keyboard">();
  if (asked) return <UserActions user={user} onEdit={onEdit} opened={asked} />;
  return (
    <Button
      variant="ghost"
      size="icon"
      aria-label={`More for ${name}`}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onKeyDown={({ key }) => key === "ArrowDown" && setAsked("keyboard")}
      // A click that no pointer made has no count.
      onClick={({ detail }) => setAsked(detail === 0 ? "keyboard" : "pointer")}
    >
      <Ellipsis aria-hidden />
    </Button>
  );
}
