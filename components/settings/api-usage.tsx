"use client";

import { useSyncExternalStore } from "react";
import { CodeBlock } from "@/components/ui/code-block";
import { apiExamples } from "./api-examples";

function subscribe() {
  return () => {};
}

/** The API's calls with the address under which this page was opened. */
export function ApiUsage() {
  const origin = useSyncExternalStore(
    subscribe,
    () => window.location.origin,
    () => "http://localhost:3000",
  );
  return (
    <div className="space-y-3 p-4">
      <p className="text-soft">
        Everything this dashboard does goes through the same API, which scripts may call.
      </p>
      <CodeBlock label="Shell" code={apiExamples(origin)} copy="Copy" />
    </div>
  );
}
