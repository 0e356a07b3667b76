import { count, formatNumber } from "@/components/ui/numbers";

/** What a retry at these sites is said to have done, in a few words. */
export function retriedText(pairs: number, sites: string[]): string {
  // A site in trouble is asked again even where no single user had been tried there.
  if (pairs === 0) return "Trying again.";
  return sites.length === 1
    ? `Trying ${count(pairs, "user")} again at ${sites[0]}.`
    : `Trying ${formatNumber(pairs)} again at ${count(sites.length, "site")}.`;
}
