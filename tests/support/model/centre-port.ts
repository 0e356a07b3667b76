import { eachOf } from "@/lib/sync/adapters/outcomes";
import type { CentreUnderTest } from "@/tests/support/centre-contract/centre-under-test";
import { ModelCentre } from "@/tests/support/model/centre";
import { statusOf } from "@/tests/support/model/status";

/** The model as the contract sees it. */
export async function createModelCentre(): Promise<CentreUnderTest> {
  let now = Date.UTC(2026, 0, 1);
  const model = new ModelCentre(() => now++);
  return {
    centre: {
      fanOut: async () => model.fanOut(),
      leaseSites: async (seconds, most, claimUpTo) => model.leaseSites(seconds, most, claimUpTo),
      renewLease: async (site, seconds) => model.renewLease(site, seconds),
      releaseSite: async (site) => model.releaseSite(site),
      claim: async (site, most) => model.claim(site, most),
      displace: async (site, userIds) => model.displace(site, userIds),
      settle: async (site, claimId, outcomes, failure) =>
        model.settle(site, claimId, eachOf(outcomes), failure),
      recordLook: async () => true,
      settleLast: async (site, claimId, outcomes) => model.settleLast(site, claimId, eachOf(outcomes)),
      recordNewest: async () => undefined,
      maintain: async () => false,
    },
    putUser: async (id, fields = {}) => model.putUser(id, fields),
    deleteUser: async (id) => model.deleteUser(id),
    connectSite: async (name, removal = "delete") => model.connectSite(name, { kind: removal }).id,
    syncAll: async () => void model.startFull(model.state.sites),
    syncUser: async (id) => void model.syncUser(id),
    retry: async () => model.retry(),
    runsFinished: async () => model.state.sites.every(({ runs }) => runs.every(({ finished }) => finished)),
    status: async (siteId, userId) => statusOf(model.state, model.siteById(siteId), userId),
    pass: async (seconds) => {
      now += seconds * 1000;
    },
    close: async () => undefined,
  };
}
