"use client";

import { ErrorState } from "@/components/ui/states";

export default function DashboardError({ retry }: { error: unknown; retry: () => void }) {
  const error = new Error("This page stopped working. Trying again often helps; if not, reload the page.");
  return <ErrorState error={error} onRetry={retry} />;
}
