let live = false;

/** Whether this page hears of changes by itself. */
export function setLive(now: boolean): void {
  live = now;
}

/** How often a query asks again: not at all while the page hears of changes by itself. */
export function unlessLive(milliseconds: number): number | false {
  return live ? false : milliseconds;
}
