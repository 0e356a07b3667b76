import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";

interface AccessCardProps {
  title: string;
  description?: ReactNode;
  children?: ReactNode;
}

/** The card in the middle of the pages that need no sign-in. */
export function AccessCard({ title, description, children }: AccessCardProps) {
  return (
    <section className="w-full max-w-sm rounded-xl border bg-surface p-6 shadow-float sm:p-7">
      <h1 className="text-balance font-semibold text-xl tracking-tight">{title}</h1>
      {description && <div className="mt-1 space-y-2 break-words text-soft">{description}</div>}
      {children && <div className="mt-5 space-y-4">{children}</div>}
    </section>
  );
}

interface AccessNoticeProps {
  icon: LucideIcon;
  tone?: "ok" | "idle";
  title: string;
  /** What happened, and what to do next. */
  children: ReactNode;
  action?: ReactNode;
}

/** The same card where there is nothing to fill in. */
export function AccessNotice({ icon: Icon, tone = "idle", title, children, action }: AccessNoticeProps) {
  return (
    <section className="w-full max-w-sm rounded-xl border bg-surface p-6 text-center shadow-float sm:p-8">
      <span
        className={cn(
          "mb-4 inline-grid size-10 place-items-center rounded-lg",
          tone === "ok" ? "bg-ok-soft text-ok" : "bg-idle-soft text-idle",
        )}
      >
        <Icon aria-hidden className="size-5" />
      </span>
      <h1 className="text-balance font-semibold text-lg tracking-tight">{title}</h1>
      <div className="mt-1.5 space-y-2 text-pretty break-words text-soft">{children}</div>
      {action && <div className="mt-5 flex flex-col gap-2">{action}</div>}
    </section>
  );
}
