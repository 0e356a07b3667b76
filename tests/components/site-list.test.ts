import { describe, expect, test } from "vitest";
import { healthKey } from "@/components/sites/site-health";
import { findSites, laggingSince, listSites } from "@/components/sites/site-list";
import type { Site } from "@/lib/sites/schema";
import { hrms, noCounts } from "./support";

const since = "2026-01-31T09:00:00Z";

function named(name: string, more: Partial<Site> = {}): Site {
  return { ...hrms, id: name, name, url: `https://${name}.example.com`, ...more };
}

const sites = [
  named("ok"),
  named("paused", { status: "paused" }),
  named("refusing"),
  named("leaving", { status: "disconnecting", rowsToRemove: 3 }),
  named("new", { hasCredentials: false }),
  named("slow", { health: "degraded" }),
  named("wrong-key", { health: "blocked" }),
  named("also-ok"),
];
const counts = [{ ...noCounts, siteId: "refusing", retrying: 1 }];

describe("sites", () => {
  test("stand with what is wrong first, and by name where it is the same", () => {
    expect(listSites(sites, counts).map(({ site }) => site.name)).toEqual([
      "wrong-key",
      "slow",
      "new",
      "leaving",
      "refusing",
      "paused",
      "also-ok",
      "ok",
    ]);
  });

  test("are found by name, by address and by health", () => {
    const entries = listSites(sites, counts);
    const found = (...by: [string, Parameters<typeof findSites>[2]]) =>
      findSites(entries, ...by).map(({ site }) => site.name);
    expect(found("OK", null)).toEqual(["also-ok", "ok"]);
    expect(found("slow.example", null)).toEqual(["slow"]);
    expect(found("", "refused")).toEqual(["refusing"]);
    expect(found("ok", "blocked")).toEqual([]);
  });

  test("that are paused or being disconnected say so, whatever else is wrong", () => {
    expect(healthKey(named("x", { status: "paused", health: "blocked" }))).toBe("paused");
    expect(healthKey(named("x", { status: "disconnecting", health: "blocked" }))).toBe("disconnecting");
  });

  test("lag only while something waits", () => {
    expect(laggingSince({ ...noCounts, oldestPendingAt: since })).toBeNull();
    expect(laggingSince({ ...noCounts, pending: 1, oldestPendingAt: since })).toBe(since);
    expect(laggingSince(undefined)).toBeNull();
  });
});
