import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../ports";

/** The real time and chance. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, { signal }).catch(() => undefined),
  random: () => Math.random(),
};
