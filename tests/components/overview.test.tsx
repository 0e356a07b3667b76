import { screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Failures } from "@/components/overview/failures";
import { FirstSteps } from "@/components/overview/first-steps";
import { groupByCause } from "@/components/overview/group-by-cause";
import { SiteHealthList } from "@/components/overview/site-health-list";
import type { Cause } from "@/lib/runs/insight-schema";
import type { Overview, SiteCounts } from "@/lib/runs/schema";
import type { Site } from "@/lib/sites/schema";
import { emptyOverview, hrms, noCounts, renderInApp, serve } from "./support";

afterEach(() => vi.unstubAllGlobals());

const conflict: Cause = {
  siteId: hrms.id,
  site: "hrms",
  status: "failed",
  errorCode: "conflict",
  error: "The address is taken.",
  advice: "Change that row.",
  users: 2,
  userIds: ["u1", "u2"],
};
const busy: Cause = {
  ...conflict,
  siteId: "s2",
  site: "cms",
  status: "retrying",
  errorCode: "site_busy",
  error: "The site is busy.",
  users: 900,
  userIds: [],
};

describe("what fails", () => {
  test("is told once for all the sites where it happens, what needs a person first", () => {
    const groups = groupByCause([busy, conflict, { ...conflict, siteId: "s3", site: "sales", users: 7 }]);
    expect(groups.map(({ error, users, sites }) => [error, users, sites.map(({ site }) => site)])).toEqual([
      ["The address is taken.", 9, ["sales", "hrms"]],
      ["The site is busy.", 900, ["cms"]],
    ]);
  });

  test("leads to the users it concerns, or to the site whose doing it is", async () => {
    serve({ "GET /api/sync/causes": () => Response.json({ items: [conflict, busy] }) });
    renderInApp(<Failures />);
    expect(await screen.findByRole("link", { name: "2 users at hrms" })).toHaveAttribute(
      "href",
      `/users?sync=failed&site=${hrms.id}`,
    );
    expect(screen.getByRole("link", { name: "900 users at cms" })).toHaveAttribute("href", "/sites/s2");
    expect(screen.getAllByText("Change that row.")[0]).toBeVisible();
  });

  test("names a few of many sites", async () => {
    const items = Array.from({ length: 50 }, (_, index) => ({ ...conflict, siteId: `s${index}` }));
    serve({ "GET /api/sync/causes": () => Response.json({ items }) });
    renderInApp(<Failures />);
    expect(await screen.findByText("and 47 more sites")).toBeVisible();
  });
});

describe("the sites of the overview", () => {
  const named = (name: string, site: Partial<Site> = {}, counts: Partial<SiteCounts> = {}) => ({
    site: { ...hrms, id: name, name, ...site },
    counts: { ...noCounts, siteId: name, site: name, ...counts },
  });
  const show = (stands: ReturnType<typeof named>[]) => {
    const overview: Overview = { ...emptyOverview, sites: stands.map(({ counts }) => counts) };
    renderInApp(<SiteHealthList overview={overview} sites={stands.map(({ site }) => site)} />);
  };
  const shown = () =>
    screen.getAllByRole("listitem").map((item) => within(item).getByRole("link").textContent);

  test("come worst first", () => {
    show([
      named("well"),
      named("paused", { status: "paused" }),
      named("refuses", {}, { failed: 1 }),
      named("waits", {}, { pending: 2, oldestPendingAt: "2026-01-31T09:00:00Z" }),
      named("waits longer", {}, { pending: 2, oldestPendingAt: "2026-01-30T09:00:00Z" }),
      named("degraded", { health: "degraded" }),
      named("blocked", { health: "blocked" }),
    ]);
    expect(shown()).toEqual(["blocked", "degraded", "refuses", "waits longer", "waits", "well", "paused"]);
  });

  test("are a few of a hundred until somebody wants all of them", async () => {
    show(Array.from({ length: 100 }, (_, index) => named(`site ${String(index).padStart(2, "0")}`)));
    expect(shown()).toHaveLength(8);
    await userEvent.click(screen.getByRole("button", { name: "Show all 100 sites" }));
    expect(shown()).toHaveLength(100);
    await userEvent.click(screen.getByRole("button", { name: "Show the first 8" }));
    expect(shown()).toHaveLength(8);
  });
});

describe("the first steps", () => {
  test("lead to where each is done", () => {
    renderInApp(<FirstSteps overview={emptyOverview} sites={[]} />);
    expect(screen.getByRole("link", { name: "Add a site" })).toHaveAttribute("href", "/sites?add=true");
    expect(screen.getByRole("link", { name: "Add a user" })).toHaveAttribute("href", "/users?add=true");
    expect(screen.getByText("1 of 4 done")).toBeVisible();
  });

  test("are gone once the first user is at the first site", () => {
    const sites = [{ ...noCounts, synced: 1 }];
    const { container } = renderInApp(<FirstSteps overview={{ ...emptyOverview, sites }} sites={[hrms]} />);
    expect(container).toBeEmptyDOMElement();
  });
});
