import { describe, expect, test } from "vitest";
import { summarize } from "@/components/shell/sync-summary";
import type { Overview, Run, SiteCounts } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { emptyOverview, hrms, noCounts } from "./support";

const run: Run = {
  id: "r1",
  kind: "all",
  requestedBy: "olive@example.com",
  total: 2_000,
  succeeded: 1_200,
  failed: 0,
  pending: 800,
  startedAt: "2026-01-31T09:00:00Z",
  sites: [{ siteId: hrms.id, site: "hrms", total: 2_000, succeeded: 1_200, failed: 0 }],
};
const blocked: Site = { ...hrms, health: "blocked", error: "The key is not accepted." };

function overview(counts: Partial<SiteCounts>, more: Partial<Overview> = {}): Overview {
  return {
    ...emptyOverview,
    sites: [{ ...noCounts, ...counts }],
    ...more,
  };
}

describe("the line about sync", () => {
  test.each<[string, Overview, Site[], string]>([
    ["all is well", overview({ synced: 5 }), [hrms], "Everything in sync"],
    ["removals are held", overview({ synced: 5, held: 12 }), [hrms], "12 removals held at hrms"],
    ["nobody is there yet", overview({}), [hrms], "Nothing to sync yet"],
    ["there is no site", overview({}), [], "No site connected yet"],
    ["changes wait", overview({ synced: 5, pending: 1_500 }), [hrms], "1,500 changes waiting"],
    [
      "many changes wait and users fail",
      overview({ failed: 3, pending: 800 }),
      [hrms],
      "800 changes waiting · 3 failing at hrms",
    ],
    ["many changes wait for a blocked site", overview({ pending: 800 }), [blocked], "hrms cannot sync"],
    ["users fail", overview({ failed: 3 }), [hrms], "3 failing at hrms"],
    ["users are retried", overview({ retrying: 3 }), [hrms], "3 being retried at hrms"],
    ["a site is blocked", overview({ failed: 3 }), [blocked], "hrms cannot sync"],
    [
      "a site has no key",
      overview({ failed: 3 }),
      [{ ...hrms, hasCredentials: false }],
      "hrms: credentials missing",
    ],
    [
      "a site has newer rows",
      overview({ synced: 5 }, { newerRows: [{ siteId: hrms.id, site: "hrms", known: 2, unknown: 0 }] }),
      [hrms],
      "hrms has newer rows than the list",
    ],
    ["a run moves", overview({ failed: 3 }, { run }), [hrms], "Syncing: 800 left · 3 failing at hrms"],
    ["a run moves and nothing is wrong", overview({ synced: 5 }, { run }), [hrms], "Syncing: 800 left"],
    ["a run waits for a blocked site", overview({}, { run }), [blocked], "hrms cannot sync"],
  ])("when %s", (_when, counts, sites, text) => {
    expect(summarize(counts, sites).text).toBe(text);
  });

  test.each([
    [2, "site 0 and site 1 cannot sync"],
    [100, "site 0 and 99 more cannot sync"],
  ])("of %i sites in trouble it says where", (many, text) => {
    const sites = Array.from({ length: many }, (_, index) => ({
      ...blocked,
      id: String(index),
      name: `site ${index}`,
    }));
    expect(summarize(emptyOverview, sites).text).toBe(text);
  });

  test("of a site whose name is written from right to left it still reads from left to right", () => {
    expect(summarize(emptyOverview, [{ ...blocked, name: "موقع" }]).text).toBe(
      "\u2068موقع\u2069 cannot sync",
    );
  });

  test("of a site with a long name it still says what is wrong", () => {
    const site = { ...blocked, name: "A site whose name is about as long as anybody would make one" };
    expect(summarize(emptyOverview, [site]).text).toBe("A site whose na… cannot sync");
  });
});
