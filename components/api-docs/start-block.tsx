"use client";

import { useSyncExternalStore } from "react";
import { ExampleBlock } from "./example-block";

function subscribe() {
  return () => {};
}

/** What the examples need in a shell, with the address under which this page was opened. */
export function StartBlock() {
  const origin = useSyncExternalStore(
    subscribe,
    () => window.location.origin,
    () => "https://roster.example.com",
  );
  const code = `export ROSTER_URL=${origin}\nexport ROSTER_API_KEY=`;
  return <ExampleBlock title="Set once, for the examples below" code={code} copy />;
}
