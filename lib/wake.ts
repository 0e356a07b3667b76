const WAKE = Symbol.for("roster.wake");

type Global = typeof globalThis & { [WAKE]?: (() => void) | undefined };

/**
 * Tells the worker of this process that there is something to do, so that a change made here leaves at once
 * instead of at the next poll. Does nothing when the worker runs elsewhere.
 */
export function wake(): void {
  (globalThis as Global)[WAKE]?.();
}

/** Sets what `wake` calls. On `globalThis`, because instrumentation and routes are bundled apart. */
export function onWake(listener: (() => void) | undefined): void {
  (globalThis as Global)[WAKE] = listener;
}
