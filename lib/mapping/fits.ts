import type { TableColumn } from "@/lib/mapping/schema";

const UUID = /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i;
const BOOLEAN = /^(t|true|f|false|y|yes|n|no|on|off|1|0)$/i;
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const WHOLE = /^-?\d+$/;

/** Why a column cannot take a value, as far as its type tells; null when it can. */
export function misfit({ type, values, name }: TableColumn, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = String(value);
  if (values && !values.includes(text)) return `${name} takes ${values.join(", ")}, not "${text}".`;
  const kind = TYPES.find(([pattern]) => pattern.test(type));
  return !kind || kind[1](text) ? null : `${name} is ${kind[2]}; "${text}" is none.`;
}

const TYPES: readonly [RegExp, (text: string) => boolean, string][] = [
  [/^uuid$/, (text) => UUID.test(text), "a uuid"],
  [/^bool(ean)?$/, (text) => BOOLEAN.test(text), "a boolean"],
  [/^(small|big)?int(eger|2|4|8)?$/, (text) => WHOLE.test(text), "a whole number"],
  [/^(numeric|decimal|real|double precision|float[48]|money)/, (text) => NUMBER.test(text), "a number"],
  [/^(date|timestamp)/, (text) => !Number.isNaN(Date.parse(text)), "a time"],
];
