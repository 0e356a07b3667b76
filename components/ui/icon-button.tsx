import type { ReactNode } from "react";
import { Button, type ButtonProps } from "./button";

interface IconButtonProps extends ButtonProps {
  label: string;
  children: ReactNode;
}

/** A button that is only an icon: its label is its name, and its tooltip (see Tooltips). */
export function IconButton({ label, children, ...props }: IconButtonProps) {
  return (
    <Button variant="ghost" size="icon" aria-label={label} data-tooltip={label} {...props}>
      {children}
    </Button>
  );
}
