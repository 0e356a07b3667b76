import type { ReactNode } from "react";

interface ScrollRegionProps {
  label: string;
  className: string;
  children: ReactNode;
}

/** Content that scrolls by itself, with the keyboard too. */
export function ScrollRegion({ label, className, children }: ScrollRegionProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section aria-label={label} tabIndex={0} className={className}>
      {children}
    </section>
  );
}
