import type { Context } from "@/lib/context";
import { checkMapping } from "@/lib/mapping/service";
import type { PlanInput } from "@/lib/plans/schema";
import { readRemoval } from "@/lib/sites/service";

type Settled = Exclude<PlanInput, { action: "import" }>;

/** What the centre keeps of an action: its input, with the column that a removal policy writes. */
export async function settingsOf(ctx: Context, input: Settled): Promise<Record<string, unknown>> {
  switch (input.action) {
    case "sync_all":
    case "scope":
    case "bulk": {
      const { action: _, ...settings } = input;
      return settings;
    }
    case "removal": {
      const { siteId, removalPolicy } = input;
      const { deactivate_column } = await readRemoval(ctx, siteId, removalPolicy);
      return { siteId, removalPolicy, removalColumn: deactivate_column };
    }
    case "mapping": {
      const { siteId, mapping, removalPolicy, removalColumn } = input;
      const column = await checkMapping(ctx, { id: siteId, mapping, removalPolicy, removalColumn });
      return { siteId, mapping, removalPolicy, removalColumn: column };
    }
  }
}
