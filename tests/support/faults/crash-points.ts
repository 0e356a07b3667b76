import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Centre, OpenSite, SiteWriter } from "@/lib/sync/ports";

/** Moments in a worker's life at which tests end or freeze it. */
export const CRASH_POINTS = [
  "during fan-out",
  "after fan-out",
  "after lease",
  "after claim",
  "after displace",
  "after vacate",
  "before write",
  "during write",
  "after write",
  "during settle",
  "after settle",
] as const;

export const crash = z.object({
  point: z.enum(CRASH_POINTS),
  signal: z.enum(["SIGKILL", "SIGSTOP"]),
  /** At which passage, from 1. */
  passage: z.number(),
});
export type Crash = z.infer<typeof crash>;

export interface Ports {
  centre: Centre;
  openSite: OpenSite;
}

/** The engine's ports, with something happening to this process when it passes the point. */
export function withCrash(ports: Ports, { point, signal, passage }: Crash, hit: () => void): Ports {
  let passages = 0;
  const pass = (here: Crash["point"]) => {
    if (here !== point || ++passages !== passage) return;
    hit();
    process.kill(process.pid, signal);
  };
  /** Passes `during` while the call is on its way and `after` when its answer has come. */
  const around = async <T>(call: () => Promise<T>, during: Crash["point"] | null, after: Crash["point"]) => {
    const answer = call();
    if (during === point) {
      answer.catch(() => undefined);
      await sleep(2); // on the wire, not yet answered
      pass(during);
    }
    const result = await answer;
    pass(after);
    return result;
  };
  const write = <T>(call: () => Promise<T>) => {
    pass("before write");
    return around(call, "during write", "after write");
  };
  const { centre, openSite } = ports;
  return {
    centre: {
      ...centre,
      fanOut: () => around(() => centre.fanOut(), "during fan-out", "after fan-out"),
      leaseSites: async (...args) => {
        const sites = await around(() => centre.leaseSites(...args), null, "after lease");
        for (const { claim } of sites) if (claim) pass("after claim");
        return sites;
      },
      claim: (site, most) => around(() => centre.claim(site, most), null, "after claim"),
      displace: (...args) => around(() => centre.displace(...args), null, "after displace"),
      settle: (...args) => around(() => centre.settle(...args), "during settle", "after settle"),
      settleLast: (...args) => around(() => centre.settleLast(...args), "during settle", "after settle"),
    },
    openSite: async (site, aborting) => {
      const writer = await openSite(site, aborting);
      if ("code" in writer) return writer;
      const { putRows, vacate } = writer;
      const crashing: SiteWriter = {
        ...writer,
        upsert: (targets) => write(() => writer.upsert(targets)),
        remove: (targets) => write(() => writer.remove(targets)),
        ...(putRows && { putRows: (rows) => write(() => putRows(rows)) }),
        ...(vacate && { vacate: (holder) => around(() => vacate(holder), null, "after vacate") }),
      };
      return crashing;
    },
  };
}
