import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "./cn";

const button = cva(
  "inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md font-medium text-sm transition-colors disabled:pointer-events-none disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        // A border that only shows where the system's colours take the background away.
        primary: "border border-transparent bg-accent text-accent-ink shadow-card hover:bg-accent-hover",
        secondary: "border border-line-strong bg-surface text-ink shadow-card hover:bg-hover",
        ghost: "text-soft hover:bg-hover hover:text-ink",
        danger: "border border-transparent bg-bad-solid text-white shadow-card hover:opacity-90",
      },
      size: { md: "h-8 px-3 pointer-coarse:h-10", icon: "size-8 pointer-coarse:size-10" },
    },
    defaultVariants: { variant: "secondary", size: "md" },
  },
);

export interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof button> {
  /** Renders the only child instead of a button, a link for example. */
  asChild?: boolean;
  /** Shows that it works, and takes no further click. */
  loading?: boolean;
}

export function Button({ variant, size, asChild, loading, className, children, ...props }: ButtonProps) {
  const classes = cn(button({ variant, size }), className);
  if (asChild) {
    return (
      <Slot.Root className={classes} {...props}>
        {children}
      </Slot.Root>
    );
  }
  return (
    <button
      type="button"
      className={classes}
      aria-busy={loading || undefined}
      {...props}
      disabled={loading || props.disabled}
    >
      {loading && <LoaderCircle aria-hidden className="animate-spin" />}
      {loading && size === "icon" ? null : children}
    </button>
  );
}
