import { z } from "zod";

/** A moment as answers give it: ISO 8601 with its offset (RFC 3339). */
export const moment = z.iso.datetime({ offset: true });
