import { cva, type VariantProps } from "class-variance-authority";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "./cn";

const badge = cva(
  "inline-flex h-5.5 items-center gap-1.5 whitespace-nowrap rounded-full px-2 font-medium text-xs [&_svg]:size-3.5 [&_svg]:shrink-0",
  {
    variants: {
      tone: {
        ok: "bg-ok-soft text-ok",
        warn: "bg-warn-soft text-warn",
        bad: "bg-bad-soft text-bad",
        info: "bg-accent-soft text-accent-text",
        idle: "bg-idle-soft text-idle",
      },
    },
    defaultVariants: { tone: "idle" },
  },
);

export type Tone = NonNullable<VariantProps<typeof badge>["tone"]>;

interface BadgeProps {
  tone: Tone;
  icon: LucideIcon;
  className?: string;
  children: ReactNode;
}

/** A state in a colour, an icon and a word: never in the colour alone. */
export function Badge({ tone, icon: Icon, className, children }: BadgeProps) {
  return (
    <span className={cn(badge({ tone }), className)}>
      <Icon aria-hidden />
      {children}
    </span>
  );
}

/** Text colours of the tones, for icons and words outside a badge. */
export const toneText: Record<Tone, string> = {
  ok: "text-ok",
  warn: "text-warn",
  bad: "text-bad",
  info: "text-accent-text",
  idle: "text-idle",
};
