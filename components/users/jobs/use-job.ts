"use client";

import { useQuery } from "@tanstack/react-query";
import { jobsQuery } from "@/lib/users/job-queries";

/** A job of the list; `isGone` once the list has come without it. */
export function useJob(id: string) {
  const { data, error } = useQuery(jobsQuery);
  const job = data?.items.find((one) => one.id === id);
  return { job, isGone: data !== undefined && !job, error };
}
