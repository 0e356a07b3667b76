import type { ReactNode } from "react";

interface PersonProps {
  name: string | null;
  email: string | null;
  /** Makes a link of the name. */
  link?: (text: string) => ReactNode;
  /** Beside the name. */
  aside?: ReactNode;
  children?: ReactNode;
}

/** A user as one recognises them: initials, name, e-mail. */
export function Person({ name, email, link, aside, children }: PersonProps) {
  const title = name || email || "Unknown user";
  return (
    <div className="flex min-w-0 items-center gap-3">
      <span
        aria-hidden
        className="hidden size-8 shrink-0 sm:grid place-items-center rounded-full bg-idle-soft font-medium text-idle text-xs"
      >
        {initials(title)}
      </span>
      <div className="min-w-0 leading-tight">
        <div className="flex items-center gap-2">
          <span dir="auto" className="truncate font-medium" title={title}>
            {link ? link(title) : title}
          </span>
          {aside}
        </div>
        {name && (
          <div className="truncate text-faint text-xs" title={email ?? undefined}>
            {email}
          </div>
        )}
        {children}
      </div>
    </div>
  );
}

function initials(title: string): string {
  const words = title.split(/[\s@.]+/).filter(Boolean);
  const last = words.length > 1 && !title.includes("@") ? words.at(-1) : undefined;
  return [words[0], last].map((word) => Array.from(word ?? "")[0]?.toUpperCase() ?? "").join("");
}
