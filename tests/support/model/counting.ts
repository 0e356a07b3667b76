import type { ModelCentre } from "@/tests/support/model/centre";

/** What a centre was asked about one site, by the name of the call. */
export type Calls = Map<string, number>;

/** The same centre, that counts the calls which are about the site or give it to somebody. */
export function countingCalls(centre: ModelCentre, siteId: string, calls: Calls): ModelCentre {
  const isAbout = (value: unknown) =>
    typeof value === "object" && value !== null && "id" in value && value.id === siteId;
  return new Proxy(centre, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(value, target, args);
        if ([...args, result].flat().some(isAbout))
          calls.set(String(name), (calls.get(String(name)) ?? 0) + 1);
        return result;
      };
    },
  });
}
