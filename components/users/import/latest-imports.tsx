"use client";

import { useQuery } from "@tanstack/react-query";
import { FormError } from "@/components/ui/form-error";
import { importsQuery } from "@/lib/users/job-queries";
import { JobIcon } from "../jobs/job-icon";
import { JobOrigin } from "../jobs/job-origin";
import { JobProgress } from "../jobs/job-progress";
import { RefusedLink } from "../jobs/refused-link";

/** Imports under way and those of the last week, whoever started them, with the lines that each of them refused. */
export function LatestImports() {
  const { data, error } = useQuery(importsQuery);
  if (error && !data) return <FormError error={error} />;
  if (!data?.items.length) return null;
  return (
    <section aria-labelledby="latest-imports" className="space-y-2">
      <h3 id="latest-imports" className="font-medium">
        Imports of the last 7 days
      </h3>
      <ul className="divide-y rounded-lg border">
        {data.items.map((job) => (
          <li key={job.id} className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-3 py-2.5">
            <JobIcon state={job.state} className="mt-0.5 self-start" />
            <JobProgress job={job} />
            <JobOrigin job={job} />
            <RefusedLink job={job} />
          </li>
        ))}
      </ul>
    </section>
  );
}
