import { formatNumber } from "@/components/ui/numbers";
import type { Run } from "@/lib/runs/schema";

/** How far a run was at a moment, in milliseconds. */
export interface Sample {
  at: number;
  done: number;
}

/** The pace is that of the last so many seconds: shorter jumps about, longer hides that a site stopped. */
const WINDOW_MS = 15_000;

/** The samples of the last seconds, with what is known now. */
export function addSample(samples: readonly Sample[], now: Sample): Sample[] {
  // One from before the window stays, to measure from.
  const from = samples.findLastIndex(({ at }) => at <= now.at - WINDOW_MS);
  return [...samples.slice(Math.max(from, 0)), now];
}

/** Pairs a second, null while there is too little to tell. */
export function perSecond(samples: readonly Sample[]): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at - first.at < 1_000) return null;
  return ((last.done - first.done) * 1_000) / (last.at - first.at);
}

/** "1,200 a second · 3 min left"; empty while there is too little to tell. */
export function paceText({ pending }: Pick<Run, "pending">, rate: number | null): string {
  if (rate === null || rate <= 0) return "";
  const speed = rate < 10 ? rate.toFixed(1) : formatNumber(Math.round(rate));
  return `${speed} a second · ${durationText(pending / rate)} left`;
}

function durationText(seconds: number): string {
  if (seconds < 1) return "less than a second";
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3_600) return `${Math.ceil(seconds / 60)} min`;
  const hours = Math.floor(seconds / 3_600);
  return `${hours} h ${Math.ceil((seconds - hours * 3_600) / 60)} min`;
}
