import type { ReactNode } from "react";

interface SectionHeaderProps {
  title: string;
  description: string;
  action?: ReactNode;
}

/** The head of one part of Settings. */
export function SectionHeader({ title, description, action }: SectionHeaderProps) {
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h2 className="font-semibold text-base">{title}</h2>
        <p className="max-w-2xl text-pretty text-soft">{description}</p>
      </div>
      {action}
    </header>
  );
}
