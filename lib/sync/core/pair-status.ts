import { z } from "zod";

/**
 * State of a user at a site. `pending`: a change is on its way or waits for the site. `synced`: the site has this
 * user as the central list does. `removed`: the user is inactive and not at the site. `kept`: the user
 * is inactive and the site keeps the row by its removal policy. `retrying`: the last
 * attempt failed and another follows by itself. `failed`: somebody has to change something first.
 */
export const pairStatus = z.enum(["pending", "synced", "removed", "kept", "retrying", "failed"]);
export type PairStatus = z.infer<typeof pairStatus>;
