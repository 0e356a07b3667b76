import type { ComponentProps } from "react";
import { cn } from "./cn";

type ScrollFrameProps = ComponentProps<"section"> & {
  "aria-label": string;
  /** Whether it asks for all the width that the window has. */
  wide?: boolean;
};

/**
 * The frame in which a long list scrolls, on the page's own ground. The border lies over the list and paints the ground
 * into its four corners: Chromium scrolls what has round corners, or is cut by some, in the page's thread where pixels are
 * large, and there each frame waits for the rows that come into sight. `tests/bench/scroll.ts` tells in which thread.
 */
export function ScrollFrame({ wide = false, className, ...props }: ScrollFrameProps) {
  return (
    <div
      data-fill
      data-wide={wide || undefined}
      className={cn(
        "relative isolate flex min-h-40 flex-initial flex-col rounded-lg p-px shadow-card",
        className,
      )}
    >
      <section
        {...props}
        // The browser's own anchoring would follow the rows below when those above are put in, away from where one scrolled.
        className="relative min-h-0 overflow-auto overscroll-contain bg-surface -outline-offset-2 [overflow-anchor:none]"
      />
      <div aria-hidden className="pointer-events-none absolute inset-0 z-30 overflow-hidden">
        <div className="size-full rounded-lg border shadow-[0_0_0_8px_var(--canvas)]" />
      </div>
    </div>
  );
}
