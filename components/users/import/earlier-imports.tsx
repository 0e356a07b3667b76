"use client";

import { useQuery } from "@tanstack/react-query";
import { FormError } from "@/components/ui/form-error";
import { RelativeTime } from "@/components/ui/relative-time";
import { importsQuery } from "@/lib/users/bulk";
import { JobIcon } from "../jobs/job-icon";
import { jobText } from "../jobs/job-words";
import { RefusedLink } from "../jobs/refused-link";

/** Imports of the last week, whoever made them, with the lines that each of them refused. */
export function EarlierImports() {
  const { data, error } = useQuery(importsQuery);
  if (error && !data) return <FormError error={error} />;
  if (!data?.items.length) return null;
  return (
    <section aria-labelledby="earlier-imports" className="space-y-2">
      <h3 id="earlier-imports" className="font-medium">
        Imports of the last 7 days
      </h3>
      <ul className="divide-y rounded-lg border">
        {data.items.map((job) => (
          <li key={job.id} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-3 py-2.5">
            <JobIcon state={job.state} />
            <div className="min-w-0 flex-1 basis-56">
              <p className="break-words tabular-nums">{jobText(job)}</p>
              <p className="truncate text-faint text-xs">
                {job.requestedBy} · <RelativeTime value={job.finishedAt ?? job.createdAt} />
              </p>
            </div>
            <RefusedLink job={job} />
          </li>
        ))}
      </ul>
    </section>
  );
}
