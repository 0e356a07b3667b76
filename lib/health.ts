import { z } from "zod";
import { dataOf } from "@/lib/centre";
import type { Context } from "@/lib/context";

/** Answer of `GET /api/health`. */
export const health = z.object({ ok: z.literal(true) });

/** Answers when the centre does; throws `centre_unavailable` otherwise. Tells nothing about what is in it. */
export async function checkHealth(ctx: Context): Promise<z.output<typeof health>> {
  dataOf(await ctx.centre.from("connected_sites").select("id").limit(1));
  return { ok: true };
}
