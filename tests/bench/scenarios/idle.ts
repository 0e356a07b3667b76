import { setTimeout as sleep } from "node:timers/promises";
import { measured } from "@/tests/bench/report";
import { withEdits } from "@/tests/bench/scenarios/edits";
import type { Scenario } from "@/tests/bench/scenarios/scenario";

/** Nothing happens: how often the centre is asked, and what that costs the worker. */
export const idle: Scenario = {
  name: "idle",
  run: (stage, sizes) =>
    withEdits(stage, 4, async (edit, { centre }, worker) => {
      await edit();
      await sleep(3_000);
      const seconds = sizes.pick(20, 5);
      const queries: number[] = [];
      const shares: number[] = [];
      for (let round = 0; round < sizes.rounds; round++) {
        const [asked, usage, began] = [
          await stage.apis.call("requests", centre.url),
          await worker.call("usage"),
          performance.now(),
        ];
        await sleep(seconds * 1000);
        const [then, used, elapsed] = [
          await stage.apis.call("requests", centre.url),
          await worker.call("usage"),
          (performance.now() - began) / 1000,
        ];
        const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, n) => all + n, 0);
        queries.push((sum(then) - sum(asked)) / elapsed);
        const microseconds = used.cpu.user + used.cpu.system - usage.cpu.user - usage.cpu.system;
        shares.push(microseconds / 10_000 / elapsed);
        sizes.progress(`${queries.at(-1)?.toFixed(2)} queries/s, ${shares.at(-1)?.toFixed(2)} %`);
      }
      const [asks, share] = [measured("queries/s", queries), measured("% of a core", shares)];
      return [
        {
          name: "idle",
          claim: "at most one query a second and under 1 % of a core",
          contenders: { queries: asks, processor: share },
          ratios: { queries: asks.median, processor: share.median },
          holds: asks.median <= 1.01 && share.median < 1,
        },
      ];
    }),
};
