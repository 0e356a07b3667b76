const grouped = new Intl.NumberFormat("en");

/** 12345 as 12,345. */
export function formatNumber(value: number): string {
  return grouped.format(value);
}

/** "1 user", "2,000 users". */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${formatNumber(value)} ${value === 1 ? one : many}`;
}
