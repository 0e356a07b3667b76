import { afterAll, beforeAll, describe, test } from "vitest";
import { startTestCluster, type TestCluster } from "@/tests/support/cluster";
import { Chaos, USUAL } from "@/tests/support/faults/chaos";
import { seeded, seeds } from "@/tests/support/faults/random";

const SCHEDULES = 20;

let cluster: TestCluster;
let chaos: Chaos;

beforeAll(async () => {
  cluster = await startTestCluster({ durable: true });
  chaos = await Chaos.start(cluster, { ...USUAL, happens: { ...USUAL.happens, postgres: 0 } });
}, 60_000);

afterAll(async () => {
  await chaos.close();
  await cluster.stop();
}, 60_000);

describe("four worker processes and eight sites on a real PostgreSQL", () => {
  test.each(seeds(SCHEDULES))(
    "end equal and truthful after the random schedule %i",
    { timeout: 90_000 },
    (seed) => seeded(seed, (random) => chaos.schedule(random, { steps: 10, healMs: 60_000 })),
  );
});
