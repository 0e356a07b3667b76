import { z } from "zod";

/** Bounds of the log's retention, as the centre has them too. */
const LOG_DAYS = { least: 7, most: 3650 } as const;

const logDays = z
  .int("Use whole days.")
  .min(LOG_DAYS.least, `Keep it for ${LOG_DAYS.least} days at least.`)
  .max(LOG_DAYS.most, `Keep it for ${LOG_DAYS.most} days at most.`)
  .describe("How many days attempts stay in the log; up to a week longer, since whole weeks are dropped.");

/** Answer of `GET` and `PATCH /api/settings`. */
export const settings = z
  .object({ logDays })
  .meta({ id: "Settings", description: "What is set for the whole installation." });
export type Settings = z.infer<typeof settings>;

/** Body of `PATCH /api/settings`. */
export const changeSettingsInput = z.strictObject({ logDays });
export type ChangeSettingsInput = z.output<typeof changeSettingsInput>;
