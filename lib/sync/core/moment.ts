const TIME = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|[+-]\d\d(:?\d\d){0,2}))?)?$/;

/** No time is longer in any spelling; the central database takes no endless fractions. */
export const LONGEST_TIME = 40;

/**
 * A site's time as the central database can take it; what is none, as a column of text may hold, says nothing. JavaScript
 * takes "5" for a day of May, and the 30th of February for one of March.
 */
export function momentOf(value: unknown): string | null {
  if (
    typeof value !== "string" ||
    value.length > LONGEST_TIME ||
    !TIME.test(value) ||
    !Number.isFinite(Date.parse(value))
  )
    return null;
  const day = value.slice(0, 10);
  const midnight = new Date(`${day}T00:00Z`);
  return Number.isFinite(midnight.getTime()) && midnight.toISOString().startsWith(day) ? value : null;
}
