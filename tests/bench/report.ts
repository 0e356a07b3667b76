import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";

export interface Measured {
  median: number;
  min: number;
  max: number;
  unit: string;
  runs: number;
}

/** One line of the report: what was measured, and how it stands to what it must be. */
export interface Finding {
  name: string;
  contenders: Record<string, Measured>;
  /** Of Roster to the others, or of what was measured to its limit. */
  ratios: Record<string, number>;
  holds: boolean;
  /** What must hold, in words. */
  claim: string;
}

export interface Report {
  machine: { processor: string; processors: number; memoryGb: number; node: string; postgres: string };
  startedAt: string;
  scenarios: Omit<Finding, "claim">[];
}

export function measured(unit: string, values: readonly number[]): Measured {
  const sorted = values.toSorted((a, b) => a - b);
  const rounded = (n: number) => Number(n.toPrecision(4));
  return {
    median: rounded(percentile(sorted, 0.5)),
    min: rounded(sorted[0] ?? Number.NaN),
    max: rounded(sorted.at(-1) ?? Number.NaN),
    unit,
    runs: values.length,
  };
}

/** Of sorted or unsorted values; 0.5 is the median, between two values their middle. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const [low = Number.NaN, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/** The middle of the ratios of runs that followed each other, in which load of the machine cancels out. */
export function ratio(ours: readonly number[], theirs: readonly number[]): number {
  const ratios = ours.map((value, n) => value / (theirs[n] ?? Number.NaN));
  return Number(percentile(ratios, 0.5).toPrecision(3));
}

/** A finding about one number that has a limit. */
export function limited(
  name: string,
  claim: string,
  found: Measured,
  limit: number,
  kind: "most" | "least",
): Finding {
  const holds = kind === "most" ? found.median <= limit : found.median >= limit;
  return {
    name,
    claim,
    holds,
    contenders: { roster: found },
    ratios: { limit: Number((found.median / limit).toPrecision(3)) },
  };
}

export function printFinding({ name, claim, holds, ratios, contenders }: Finding): void {
  console.log(`\n${holds ? "holds " : "MISSED"} ${name}: ${claim}`);
  for (const [other, value] of Object.entries(ratios)) console.log(`         ${other.padEnd(14)} ×${value}`);
  for (const [who, { median, min, max, unit, runs }] of Object.entries(contenders)) {
    console.log(
      `         ${who.padEnd(14)} ${format(median)} ${unit}  (${format(min)} to ${format(max)}, ${runs} runs)`,
    );
  }
}

function format(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 2 : 0 });
}

export function machine(postgres: string): Report["machine"] {
  const processors = cpus();
  return {
    processor: processors[0]?.model ?? "unknown",
    processors: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    postgres,
  };
}

export async function writeReport(report: Report): Promise<string> {
  const directory = new URL("../../bench-results/", import.meta.url);
  await mkdir(directory, { recursive: true });
  const file = new URL("latest.json", directory);
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  return "bench-results/latest.json";
}
