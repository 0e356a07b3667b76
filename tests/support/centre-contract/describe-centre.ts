import { afterEach, beforeEach, describe } from "vitest";
import type { CentreUnderTest } from "@/tests/support/centre-contract/centre-under-test";
import { changesContract } from "@/tests/support/centre-contract/changes";
import { failuresContract } from "@/tests/support/centre-contract/failures";
import { fullSyncsContract } from "@/tests/support/centre-contract/full-syncs";
import { leasesContract } from "@/tests/support/centre-contract/leases";
import { removalsContract } from "@/tests/support/centre-contract/removals";

/** What the engine relies on, whoever keeps the list: the real SQL, or the model that random schedules run against. */
export function describeCentre(name: string, make: () => Promise<CentreUnderTest>): void {
  describe(name, () => {
    let world: CentreUnderTest;
    beforeEach(async () => {
      world = await make();
    });
    afterEach(() => world.close());

    describe("changes", () => changesContract(() => world));
    describe("leases and claims", () => leasesContract(() => world));
    describe("failures", () => failuresContract(() => world));
    describe("full syncs", () => fullSyncsContract(() => world));
    describe("removals", () => removalsContract(() => world));
  });
}
