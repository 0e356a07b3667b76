"use client";

import { useSyncExternalStore } from "react";

const TICK_MS = 5_000;
const UNITS = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
] as const;
const format = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "short" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

function subscribe(onChange: () => void): () => void {
  const timer = setInterval(onChange, TICK_MS);
  return () => clearInterval(timer);
}

function now(): number {
  return Math.floor(Date.now() / TICK_MS) * TICK_MS;
}

/** The distance of a time from `from`, both in milliseconds, in words. */
function relativeTime(time: number, from: number): string {
  const seconds = Math.round((time - from) / 1000);
  for (const [size, unit] of UNITS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  if (seconds > TICK_MS / 1000) return `in ${seconds} s`;
  return seconds < -2 * (TICK_MS / 1000) ? `${-seconds} s ago` : "just now";
}

/** A time relative to now, kept fresh, with the exact one on hover. */
export function RelativeTime({ value }: { value: string }) {
  const from = useSyncExternalStore(subscribe, now, () => 0);
  const time = new Date(value);
  return (
    <time dateTime={value} title={exact.format(time)} className="whitespace-nowrap">
      {relativeTime(time.getTime(), from)}
    </time>
  );
}

/** When something comes; a time that has passed already is one at which it was to come. */
export function ComingTime({ value }: { value: string }) {
  const from = useSyncExternalStore(subscribe, now, () => 0);
  return Date.parse(value) - from > TICK_MS ? <RelativeTime value={value} /> : "any moment now";
}

/** A time to the second, in this browser's zone. */
export function ExactTime({ value }: { value: string }) {
  return <time dateTime={value}>{exact.format(new Date(value))}</time>;
}
