import { comeback } from "@/tests/bench/scenarios/comeback";
import { editToFour, editToHundred, steadyEdits } from "@/tests/bench/scenarios/edits";
import { deadSites, farSites } from "@/tests/bench/scenarios/far-sites";
import { firstSync, firstSyncEmbedded } from "@/tests/bench/scenarios/first-sync";
import { hotUser } from "@/tests/bench/scenarios/hot-user";
import { idle } from "@/tests/bench/scenarios/idle";
import type { Scenario } from "@/tests/bench/scenarios/scenario";
import { million, syncAllUnchanged } from "@/tests/bench/scenarios/sync-all";
import { webhooks } from "@/tests/bench/scenarios/webhooks";

/** In the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  firstSync,
  firstSyncEmbedded,
  editToFour,
  editToHundred,
  steadyEdits,
  hotUser,
  syncAllUnchanged,
  idle,
  million,
  farSites,
  deadSites,
  comeback,
  webhooks,
];
