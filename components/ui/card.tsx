import type { ReactNode } from "react";
import { cn } from "./cn";

interface CardProps {
  title?: string;
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Card({ title, aside, className, children }: CardProps) {
  return (
    <section
      aria-label={title}
      className={cn("min-w-0 overflow-hidden rounded-lg border bg-surface shadow-card", className)}
    >
      {title && (
        <header className="flex items-center justify-between gap-3 border-b px-4 py-2.5">
          <h2 className="font-semibold">{title}</h2>
          {aside && (
            <div className="text-faint text-xs pointer-coarse:[&>a]:-my-3 pointer-coarse:[&>a]:block pointer-coarse:[&>a]:py-3">
              {aside}
            </div>
          )}
        </header>
      )}
      {children}
    </section>
  );
}
