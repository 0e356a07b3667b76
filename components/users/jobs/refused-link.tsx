"use client";

import { Download } from "lucide-react";
import { May } from "@/components/access/may";
import { Button } from "@/components/ui/button";
import type { UserJob } from "@/lib/users/job-schema";

/** Saves the lines that an import refused, each with its reason, to be put right and imported again. */
export function RefusedLink({ job, className }: { job: UserJob; className?: string }) {
  if (job.kind !== "import" || job.state === "running" || job.refused === 0) return null;
  return (
    <May scope="users:write">
      <Button asChild className={className}>
        <a href={`/api/users/jobs/${job.id}/refused`} download>
          <Download aria-hidden />
          Refused lines
        </a>
      </Button>
    </May>
  );
}
