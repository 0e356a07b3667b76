import { cn } from "@/components/ui/cn";
import { RelativeTime } from "@/components/ui/relative-time";
import type { UserJob } from "@/lib/users/job-schema";

/** Who asked for it, and when it ended or else began; a long address gives way, not the time. */
export function JobOrigin({ job, className }: { job: UserJob; className?: string }) {
  return (
    <p className={cn("flex min-w-0 text-faint max-sm:flex-1 max-sm:basis-24", className)}>
      <span className="truncate">{job.requestedBy}</span>
      <span className="shrink-0 whitespace-pre"> · </span>
      <span className="shrink-0">
        <RelativeTime value={job.finishedAt ?? job.createdAt} />
      </span>
    </p>
  );
}
