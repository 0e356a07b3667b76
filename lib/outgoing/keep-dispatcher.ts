// undici, when loaded, puts an agent of its own behind Node's built-in fetch, which the centre is asked with; a proxy
// that the operator has set up for that (NODE_USE_ENV_PROXY) would be lost. Import this before undici.
const BUILT_IN = Symbol.for("undici.globalDispatcher.1");

const before: unknown = Reflect.get(globalThis, BUILT_IN);

/** Leaves Node's fetch as it was before undici was loaded. */
export function keepDispatcher(): void {
  Reflect.set(globalThis, BUILT_IN, before);
}
