import { quoteFormula } from "@/lib/formulas";

/** A line of CSV; cells are quoted where they must be (RFC 4180). */
export function csvLine(cells: readonly string[]): string {
  return cells
    .map((cell) => (/[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(",");
}

/** The same for a spreadsheet: what it would take for a formula gets a quote in front, which an import takes off again. */
export function spreadsheetLine(cells: readonly string[]): string {
  return csvLine(cells.map(quoteFormula));
}
