import type { Plant } from "@/tests/e2e/support/planted/plants";

/** Any part of a secret that is as long as this counts as a hit. */
const PART_LENGTH = 16;

/** A text in which secrets are looked for, and what it is. */
export interface Found {
  what: string;
  text: string;
}

/** Looks for secrets and parts of them: as they are, and as JSON, URLs, hex and base64 spell them. */
export class Search {
  readonly #parts = new Map<string, Plant>();

  constructor(plants: readonly Plant[]) {
    for (const plant of plants) {
      for (const spelling of spellings(plant.needle)) {
        for (let start = 0; start + PART_LENGTH <= spelling.length; start++) {
          this.#parts.set(spelling.slice(start, start + PART_LENGTH), plant);
        }
      }
    }
  }

  /** Every planted secret that the texts hold, with where it was found. */
  hits(texts: Iterable<Found>): string[] {
    const hits = new Set<string>();
    for (const { what, text } of texts) {
      for (const [plant, at] of this.in(text)) {
        hits.add(`${plant.where}, in ${what}: ${text.slice(Math.max(0, at - 60), at + 80)}`);
      }
    }
    return [...hits];
  }

  /** The secrets in one text, each with where it begins there. */
  in(text: string): Map<Plant, number> {
    const found = new Map<Plant, number>();
    for (let at = 0; at + PART_LENGTH <= text.length; at++) {
      const plant = this.#parts.get(text.slice(at, at + PART_LENGTH));
      if (plant && !found.has(plant)) found.set(plant, at);
    }
    return found;
  }
}

function spellings(secret: string): Set<string> {
  const all = new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  for (const bytes of [Buffer.from(secret), Buffer.from(secret, "base64")]) {
    all.add(bytes.toString("hex")).add(bytes.toString("hex").toUpperCase());
    for (const before of ["", "x", "xy"]) {
      // Characters at the edges also hold bits of their neighbours.
      const encoded = Buffer.concat([Buffer.from(before), bytes])
        .toString("base64")
        .replace(/=+$/, "");
      const own = encoded.slice(before === "" ? 0 : before.length + 1, -1);
      all.add(own).add(own.replaceAll("+", "-").replaceAll("/", "_"));
    }
  }
  return all;
}
