import { setTimeout as pause } from "node:timers/promises";

const pollMilliseconds = 2; // well below what is measured, and rare enough to leave the machine to the dashboard
const patienceMilliseconds = 20_000;

/** Asks until the answer is yes. @throws when that takes more than 20 s */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMilliseconds;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`Not within ${patienceMilliseconds / 1000} s: ${what}`);
    await pause(pollMilliseconds);
  }
}

/** The value that so many percent of the samples do not exceed (nearest rank). */
export function percentile(samples: number[], percent: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** `created: 100 changes, p50 41 ms, p95 77 ms, slowest 90 ms` */
export function describeSamples(name: string, samples: number[]): string {
  const at = (percent: number) => `${percentile(samples, percent).toFixed(0)} ms`;
  return `${name}: ${samples.length} changes, p50 ${at(50)}, p95 ${at(95)}, slowest ${at(100)}`;
}
