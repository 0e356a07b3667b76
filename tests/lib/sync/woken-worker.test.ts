import { afterEach, describe, expect, inject, test } from "vitest";
import { Arena } from "@/tests/support/faults/arena";
import { until, untilTrue } from "@/tests/support/faults/truth";

let arena: Arena;

afterEach(async () => await arena.close());

describe("a frozen worker", () => {
  test.each([{ guarded: true }, { guarded: false }])(
    "that wakes past its lease cannot put an older row over a newer one for good: %o",
    { timeout: 60_000 },
    async (options) => {
      arena = await Arena.create(inject("adminUrl"), []);
      const { proxy, project } = await arena.addSite("one", options);
      await arena.addUsers(20);
      const first = arena.startEngine({ leaseSeconds: 2 });
      await untilTrue(arena, 15_000);
      await first.stop();
      await arena.changeEverybody("Older");
      const crash = { point: "before write", signal: "SIGSTOP", passage: 1 } as const;
      const frozen = await arena.startWorker({ crash, leaseSeconds: 2 });
      await frozen.atPoint;
      await arena.changeEverybody("Newer");
      arena.startEngine({ leaseSeconds: 2 });
      await untilTrue(arena, 15_000);
      const before = proxy.forwarded;
      frozen.thaw();
      await until("the late write reaches the site", 10_000, async () => proxy.forwarded > before);
      await until("the older row is noticed and everybody sent again", 15_000, async () => {
        return (await arena.count("user_sync_log where status = 'success'")) >= 60;
      });
      await untilTrue(arena, 15_000);
      const teams = await project.sql`select distinct team from user_profiles`;
      expect(teams).toEqual([{ team: "Newer" }]);
    },
  );
});
