"use client";

import type { ReactNode } from "react";
import { Button, type ButtonProps } from "./button";
import { Tooltip } from "./tooltip";

interface IconButtonProps extends ButtonProps {
  label: string;
  children: ReactNode;
}

/** A button that is only an icon: its label is its name, and its tooltip. */
export function IconButton({ label, children, ...props }: IconButtonProps) {
  return (
    <Tooltip text={label}>
      <Button variant="ghost" size="icon" aria-label={label} {...props}>
        {children}
      </Button>
    </Tooltip>
  );
}
