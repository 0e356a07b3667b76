"use client";

import Link from "next/link";
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
        Everything this dashboard does goes through the same API, which scripts may call with a key. The{" "}
        <Link href="/docs/api" className="text-accent-text underline underline-offset-2">
          API reference
        </Link>{" "}
        has every call; owners create keys under{" "}
        <Link href="/settings/keys" className="text-accent-text underline underline-offset-2">
          API keys
        </Link>
        .
      </p>
      <CodeBlock label="Shell" code={apiExamples(origin)} copy="Copy" />
    </div>
  );
}
