"use client";

import { useQuery } from "@tanstack/react-query";
import { overviewQuery } from "@/lib/runs/queries";
import { sitesQuery } from "@/lib/sites/queries";

/** A site as every page has it, with its counts: `site` null once it is disconnected. */
export function useSite(id: string) {
  const sites = useQuery(sitesQuery);
  const { data: overview } = useQuery(overviewQuery);
  const data = sites.data && {
    site: sites.data.find((one) => one.id === id) ?? null,
    counts: overview?.sites.find((one) => one.siteId === id),
  };
  return { data, error: sites.error, refetch: sites.refetch };
}
