import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";

/** Answers when the centre does; throws `centre_unavailable` otherwise. Tells nothing about what is in it. */
export async function checkHealth(ctx: Context): Promise<{ ok: true }> {
  dataOf(await ctx.centre.from("connected_sites").select("id").limit(1));
  return { ok: true };
}
