import { cn } from "@/components/ui/cn";

const TONES: Record<string, string> = {
  get: "bg-ok-soft text-ok",
  post: "bg-accent-soft text-accent-text",
  put: "bg-warn-soft text-warn",
  patch: "bg-warn-soft text-warn",
  delete: "bg-bad-soft text-bad",
};

export function MethodBadge({ method, className }: { method: string; className?: string }) {
  return (
    <span
      className={cn(
        "inline-flex shrink-0 items-center justify-center rounded px-1.5 font-mono font-semibold text-[0.6875rem] leading-5",
        TONES[method] ?? "bg-idle-soft text-idle",
        className,
      )}
    >
      {method.toUpperCase()}
    </span>
  );
}
