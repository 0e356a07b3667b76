import { describe, expect, test } from "vitest";
import { Random } from "@/tests/support/faults/random";
import { ModelCentre } from "@/tests/support/model/centre";
import { ModelSite } from "@/tests/support/model/site";
import { VirtualClock } from "@/tests/support/model/virtual-clock";
import { ModelWorker, type ModelWorld } from "@/tests/support/model/worker";

/** A centre with one user and one site without a guard; nobody works yet. */
function createWorld() {
  const clock = new VirtualClock();
  const centre = new ModelCentre(() => clock.now());
  centre.putUser("u1", { full_name: "Old" });
  const state = centre.connectSite("one", { kind: "delete" });
  const site = new ModelSite(false);
  const world: ModelWorld = {
    clock,
    random: new Random(1),
    centre,
    sites: new Map([[state.id, site]]),
    centreLoss: 0,
  };
  return { ...world, world, state, site };
}

const never = () => false;

describe("a worker on a clock of its own", () => {
  test("writes nothing when it wakes after the length of its lease", async () => {
    const { world, clock, centre, state, site } = createWorld();
    const frozen = new ModelWorker(world);
    expect(await clock.runUntil(() => state.claims.size > 0, 5_000)).toBe(true);
    frozen.freeze();
    centre.putUser("u1", { full_name: "New" });
    const other = new ModelWorker(world);
    await clock.runUntil(() => site.rows.get("u1")?.full_name === "New", 30_000);
    other.kill();
    await clock.runUntil(never, 5_000);
    const writes = site.writes.get("u1");
    frozen.thaw();
    await clock.runUntil(never, 2_000);
    expect(site.writes.get("u1")).toBe(writes);
    expect(site.rows.get("u1")?.full_name).toBe("New");
    frozen.kill();
  });

  test("asks about once a second, and not in a busy loop, for a batch that the centre cannot give", async () => {
    const { world, clock, centre } = createWorld();
    let claims = 0;
    centre.claim = () => {
      claims++;
      throw new Error("A row that nobody can read");
    };
    const worker = new ModelWorker(world);
    await clock.runUntil(never, 60_000);
    expect(claims).toBeGreaterThan(20);
    expect(claims).toBeLessThan(70);
    worker.kill();
  });
});
