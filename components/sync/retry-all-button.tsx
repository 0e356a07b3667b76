"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import { Button } from "@/components/ui/button";
import { formatNumber } from "@/components/ui/numbers";
import { toast } from "@/components/ui/toast";
import { overviewQuery } from "@/lib/runs/queries";
import { retrySync } from "@/lib/runs/request-queries";
import { retriedText } from "./retried-text";

/** Tries everything that failed again at once; there only while something fails. */
export function RetryAllButton() {
  const { data: overview } = useQuery(overviewQuery);
  const retry = useMutation(retrySync);
  const sites = overview?.sites.filter(({ failed, retrying }) => failed + retrying > 0) ?? [];
  if (sites.length === 0) return null;
  const failing = sites.reduce((sum, { failed, retrying }) => sum + failed + retrying, 0);

  function start() {
    retry.mutate(
      {},
      {
        onSuccess: ({ pairs }) =>
          toast.success(
            retriedText(
              pairs,
              sites.map(({ site }) => site),
            ),
          ),
        onError: (error) => toast.error(error.message),
      },
    );
  }

  return (
    <Button loading={retry.isPending} onClick={start}>
      {!retry.isPending && <RotateCw aria-hidden />}
      <span>
        Retry <span className="hidden sm:inline">everything that</span> failed{" "}
        <span className="text-faint tabular-nums">({formatNumber(failing)})</span>
      </span>
    </Button>
  );
}
