import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";
import type { ChangeSettingsInput, Settings } from "@/lib/settings/schema";

/** What is set for the whole installation. */
export async function getSettings(ctx: Context): Promise<Settings> {
  const row = dataOf(await ctx.centre.from("roster_settings").select("log_days").single());
  return { logDays: row.log_days };
}

/** Changes it; the change is written down in the same transaction. */
export async function changeSettings(ctx: Context, input: ChangeSettingsInput): Promise<Settings> {
  dataOf(await ctx.centre.rpc("settings_change", { log_days: input.logDays }));
  return await getSettings(ctx);
}
