import { z } from "zod";

/** What a comparison may find of a pair that was settled. */
const DRIFT = ["different", "missing", "extra"] as const;
export type Drift = (typeof DRIFT)[number];

/** State of a user at a site. */
export const pairStatus = z
  .enum(["pending", "synced", "removed", "kept", "retrying", "failed", "held", "out_of_scope", ...DRIFT])
  .meta({
    id: "PairStatus",
    description:
      "`pending`: a change is on its way or waits for the site. `synced`: the site has this user as the list does. " +
      "`removed`: the user is inactive and not at the site. `kept`: inactive, and the site keeps the row by its " +
      "removal policy. `retrying`: the last attempt failed and another follows by itself. `failed`: somebody has to " +
      "change something first. `held`: the user left the list or the site's scope, and more users than usual would be removed from the site within an " +
      "hour; nothing happens until somebody approves or rejects it. `out_of_scope`: the user is active, but this site's " +
      "scope leaves them out. `different`, `missing`, `extra`: a comparison found that the site has other values, has " +
      "no row, or has a row of a user who should not be there; until it is put right.",
  });
export type PairStatus = z.infer<typeof pairStatus>;
