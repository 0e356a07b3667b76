import type { ReactNode } from "react";

interface SettingProps {
  name: string;
  value: string;
  hint?: string;
  /** The way to change it. */
  children?: ReactNode;
}

/** One thing that is set, in a `dl`. */
export function Setting({ name, value, hint, children }: SettingProps) {
  return (
    <div className="flex flex-wrap items-center gap-x-6 gap-y-2 px-4 py-3">
      <dt className="w-full shrink-0 text-soft sm:w-44">{name}</dt>
      <dd className="min-w-0 flex-1 break-words">
        <p className="font-medium">{value}</p>
        {hint && <p className="text-soft">{hint}</p>}
      </dd>
      {children && <dd className="shrink-0">{children}</dd>}
    </div>
  );
}
