import { roster, untilRunsFinished } from "@/tests/bench/contenders/roster";
import { limited, measured } from "@/tests/bench/report";
import type { Scenario } from "@/tests/bench/scenarios/scenario";
import { connectSites } from "@/tests/bench/stage";

/** Sync All Users when every site has everything. */
export const syncAllUnchanged: Scenario = {
  name: "sync-all-unchanged",
  run: async (stage, sizes) => {
    const users = sizes.pick(100_000, 5_000);
    const scene = await stage.set({ users, sites: 4 });
    await connectSites(scene);
    const worker = await stage.startWorker(scene.centre);
    await untilRunsFinished(scene);
    const took: number[] = [];
    for (let round = 0; round < sizes.rounds; round++) {
      const began = performance.now();
      await scene.centre.sql`select request_sync_all(null, 'bench', false)`;
      await worker.call("wake");
      await untilRunsFinished(scene);
      took.push((performance.now() - began) / 1000);
      sizes.progress(`${took.at(-1)?.toFixed(2)} s`);
    }
    await worker.call("stop");
    await worker.end();
    await stage.strike(scene);
    const claim = `Sync All Users, ${users} users at 4 sites, nothing changed: done in under 2 s`;
    return [limited("sync-all-unchanged", claim, measured("s", took), 2, "most")];
  },
};

/** A million users to one site: the worker's memory, and how soon Sync All Users answers. */
export const million: Scenario = {
  name: "million",
  run: async (stage, sizes) => {
    const users = sizes.pick(1_000_000, 20_000);
    const scene = await stage.set({ users, sites: 1 });
    const contender = roster();
    await contender.prepare?.(scene, stage);
    const worker = [...stage.workers].at(-1);
    const memory: number[] = [];
    const look = async () => memory.push(((await worker?.call("usage"))?.memory.rss ?? 0) / 2 ** 20);
    const timer = setInterval(() => void look(), 500);
    const began = performance.now();
    await contender.fill(scene, stage);
    clearInterval(timer);
    const rate = users / ((performance.now() - began) / 1000);
    sizes.progress(`${Math.round(rate)} pairs/s`);
    await contender.finish?.(scene, stage);
    const answers: number[] = [];
    for (let round = 0; round < sizes.rounds; round++) {
      const asked = performance.now();
      await scene.centre.sql`select request_sync_all(null, 'bench', true)`;
      answers.push((performance.now() - asked) / 1000);
    }
    await stage.strike(scene);
    const [half, most] = [Math.max(...memory.slice(0, memory.length / 2)), Math.max(...memory)];
    return [
      {
        name: "million memory",
        claim: `${users} users to one site: the worker stays under 300 MB, and flat (the second half within 1.15 of the first)`,
        contenders: { rss: measured("MB", memory), rate: measured("pairs/s", [rate]) },
        ratios: {
          limit: Number((most / 300).toPrecision(3)),
          "first half": Number((most / half).toPrecision(3)),
        },
        holds: most < 300 && most / half < 1.15,
      },
      limited("million sync-all", "Sync All Users answers in under 1 s", measured("s", answers), 1, "most"),
    ];
  },
};
