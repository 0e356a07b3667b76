"use client";

import { useQuery } from "@tanstack/react-query";
import { CirclePause } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { Button } from "@/components/ui/button";
import { overviewQuery } from "@/lib/runs/queries";
import { heldAt, heldText } from "./held";

/** On every page: that removals wait for a decision, and the way there. */
export function HeldBanner() {
  const { data: overview } = useQuery(overviewQuery);
  const pathname = usePathname();
  const sites = heldAt(overview);
  const shown = sites.length > 0 && pathname !== "/removals";
  return (
    <div role="status" className="shrink-0">
      {shown && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-b bg-warn-soft px-4 py-2 sm:px-6">
          <CirclePause aria-hidden className="size-4 shrink-0 text-warn" />
          <p className="min-w-0 flex-1 text-pretty">
            <strong className="font-semibold text-warn tabular-nums">{heldText(sites)}.</strong>{" "}
            <span className="text-ink max-sm:hidden">
              More users than usual left at once. They stay there until somebody decides.
            </span>
          </p>
          <Button asChild>
            <Link href="/removals">Review</Link>
          </Button>
        </div>
      )}
    </div>
  );
}
