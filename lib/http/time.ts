import { z } from "zod";

/** A moment as answers give it: ISO 8601 with its offset (RFC 3339). */
export const moment = z.iso.datetime({ offset: true });

const EXAMPLE = "Use an ISO 8601 time such as 2026-01-31T09:00:00Z.";

/**
 * A moment that a caller gives. Within what PostgreSQL can read: it knows no year 0, offsets below 16 hours only, and
 * no endless fractions (https://www.postgresql.org/docs/current/datatype-datetime.html).
 */
export const givenMoment = z.iso
  .datetime({ offset: true, error: EXAMPLE })
  .max(40, EXAMPLE)
  .regex(/^(?!0000).*(Z|[+-](0\d|1[0-5]):\d\d)$/, EXAMPLE);
