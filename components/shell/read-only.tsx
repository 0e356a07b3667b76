"use client";

import { useQuery } from "@tanstack/react-query";
import { Eye } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { sessionQuery } from "@/lib/session/queries";

const REASON = "You are a viewer, so nothing can be changed here. An owner can make you an admin.";

/** Tells a viewer why the buttons that change something are not there. */
export function ReadOnly() {
  const { data: session } = useQuery(sessionQuery);
  if (session?.role !== "viewer") return null;
  return (
    <button
      type="button"
      aria-label={`View only. ${REASON}`}
      data-tooltip={REASON}
      className="shrink-0 cursor-default rounded-full"
    >
      <Badge tone="idle" icon={Eye}>
        <span className="max-sm:sr-only">View only</span>
      </Badge>
    </button>
  );
}
