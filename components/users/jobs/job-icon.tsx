import { CircleCheck, CircleSlash, CircleX, LoaderCircle } from "lucide-react";
import { cn } from "@/components/ui/cn";
import type { UserJob } from "@/lib/users/job-schema";

interface JobIconProps extends Pick<UserJob, "state"> {
  className?: string;
}

export function JobIcon({ state, className }: JobIconProps) {
  const shape = cn("size-4 shrink-0", className);
  switch (state) {
    case "running":
      return (
        <LoaderCircle
          aria-hidden
          className={cn(shape, "animate-spin text-accent motion-reduce:animate-none")}
        />
      );
    case "done":
      return <CircleCheck aria-hidden className={cn(shape, "text-ok")} />;
    case "cancelled":
      return <CircleSlash aria-hidden className={cn(shape, "text-faint")} />;
    case "failed":
      return <CircleX aria-hidden className={cn(shape, "text-bad")} />;
  }
}
