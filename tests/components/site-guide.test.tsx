import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, test, vi } from "vitest";
import { firstSyncOf } from "@/components/sites/guide/first-sync-state";
import { SitesView } from "@/components/sites/sites-view";
import type { Overview } from "@/lib/runs/schema";
import type { ConnectionTest } from "@/lib/sites/credentials-schema";
import type { Site } from "@/lib/sites/schema";
import { emptyOverview, hrms, noCounts, problem, renderInApp, serve, viewer } from "./support";

const fresh: Site = {
  ...hrms,
  hasCredentials: false,
  supabaseUrl: null,
  keyLastFour: null,
  lastSyncedAt: null,
};
const SECRET = `whsec_${"A".repeat(43)}=`;
const TEST = `POST /api/sites/${hrms.id}/test`;
const SAVE = `PUT /api/sites/${hrms.id}/credentials`;

const missingTable: ConnectionTest = {
  ok: false,
  checks: [
    { name: "url", ok: true, message: "A Supabase API answers at this URL." },
    { name: "key", ok: true, message: "The project accepts this secret key." },
    { name: "table", ok: false, message: "The table is missing.", fix: "Run the SQL." },
  ],
};

vi.mock("next/navigation", () => ({ useRouter: () => ({ push: vi.fn() }) }));

afterEach(() => vi.unstubAllGlobals());

interface Server {
  sites: Site[];
  overview: Overview;
}

/** The page on a server with these sites; more answers may change what the server has. */
function open(
  server: Server,
  more: Record<string, () => Response> = {},
  app: Parameters<typeof renderInApp>[1] = {},
) {
  const calls = serve({
    "GET /api/sites?limit=500": () => Response.json({ items: server.sites, nextCursor: null }),
    "GET /api/overview": () => Response.json(server.overview),
    ...more,
  });
  renderInApp(<SitesView sql="create table user_profiles" />, app);
  return calls;
}

function current() {
  return screen.getByRole("list", { name: "Steps" }).querySelector("[aria-current=step]");
}

describe("the guide to a new site", () => {
  test("goes from the name over credentials and the missing table to the first sync", async () => {
    const server: Server = { sites: [], overview: emptyOverview };
    let tested = 0;
    open(server, {
      "POST /api/sites": () => {
        server.sites = [fresh];
        return Response.json(fresh, { status: 201 });
      },
      [TEST]: () => Response.json(tested++ === 0 ? missingTable : { ok: true, checks: [] }),
      [SAVE]: () => {
        server.sites = [{ ...hrms, lastSyncedAt: null }];
        server.overview = { ...emptyOverview, sites: [{ ...noCounts, pending: 1 }] };
        return Response.json(hrms);
      },
    });
    await userEvent.click(await screen.findByRole("button", { name: "Add Site" }));
    const add = await screen.findByRole("dialog", { name: "Add Site" });
    await userEvent.type(within(add).getByLabelText("Site name"), "hrms");
    await userEvent.type(within(add).getByLabelText("Site URL"), "https://hrms.example.com");
    await userEvent.click(within(add).getByRole("button", { name: "Add Site" }));

    const panel = await screen.findByRole("dialog", { name: "Supabase credentials of hrms" });
    expect(current()).toHaveTextContent("Credentials");
    expect(within(panel).getByLabelText("Supabase URL")).toHaveFocus();
    // The page beside it stays in use.
    expect(screen.getByRole("article", { name: "hrms" })).toBeVisible();
    await userEvent.type(within(panel).getByLabelText("Supabase URL"), "https://hrms.supabase.co");
    await userEvent.type(within(panel).getByLabelText("Supabase key"), "sb_secret_0123456789abcdef");
    await userEvent.click(within(panel).getByRole("button", { name: "Test Connection" }));
    await userEvent.click(await screen.findByRole("button", { name: "Make the table" }));

    expect(current()).toHaveTextContent("Table");
    expect(screen.getByRole("list", { name: "Steps" })).toHaveFocus();
    expect(within(screen.getByRole("dialog")).getByText("create table user_profiles")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Test Connection" }));
    expect(await screen.findByText("The connection works.")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Save Credentials" }));

    expect(await screen.findByRole("dialog", { name: "First sync of hrms" })).toBeVisible();
    expect(current()).toHaveTextContent("First sync");
    expect(screen.getByRole("progressbar", { name: "Users sent" })).toBeVisible();
    expect(screen.getByRole("link", { name: "Go to the site" })).toHaveAttribute("href", `/sites/${hrms.id}`);
  }, 20_000); // much is typed

  test("opens by the address, and a site without credentials goes on with them", async () => {
    open({ sites: [fresh], overview: emptyOverview }, {}, { search: "?add=true" });
    expect(await screen.findByRole("dialog", { name: "Add Site" })).toBeVisible();
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
    const goOn = screen.getByRole("link", { name: "Continue setup" });
    expect(goOn).toHaveAttribute("href", `/sites?setup=${fresh.id}`);
  });

  test("goes on where it was left", async () => {
    open({ sites: [fresh], overview: emptyOverview }, {}, { search: `?setup=${fresh.id}` });
    expect(await screen.findByRole("dialog", { name: "Supabase credentials of hrms" })).toBeVisible();
    expect(current()).toHaveTextContent("Credentials");
  });

  test("gives way to the credentials behind the database icon", async () => {
    open({ sites: [fresh], overview: emptyOverview }, {}, { search: `?setup=${fresh.id}` });
    expect(await screen.findByRole("list", { name: "Steps" })).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Supabase credentials" }));
    expect(screen.queryByRole("list", { name: "Steps" })).not.toBeInTheDocument();
    expect(await screen.findByRole("dialog", { name: "Supabase credentials of hrms" })).toBeVisible();
  });

  test("shows what the server says about a name that is taken, at the name", async () => {
    const message = "Another site has this name.";
    open(
      { sites: [], overview: emptyOverview },
      { "POST /api/sites": () => problem(409, message, [{ path: "name", message }]) },
      { search: "?add=true" },
    );
    await userEvent.type(await screen.findByLabelText("Site name"), "hrms");
    await userEvent.type(screen.getByLabelText("Site URL"), "https://hrms.example.com{Enter}");
    expect(await screen.findByText(message)).toBeVisible();
    expect(screen.getByLabelText("Site name")).toHaveAccessibleDescription(message);
  });

  test("of an endpoint makes a secret, shows it once and then goes on", async () => {
    const garage: Site = { ...fresh, name: "garage", url: "https://garage.example.com", kind: "webhook" };
    const server: Server = { sites: [], overview: emptyOverview };
    const calls = open(
      server,
      {
        "POST /api/sites": () => {
          server.sites = [garage];
          return Response.json(garage, { status: 201 });
        },
        [SAVE]: () => {
          server.sites = [{ ...garage, hasCredentials: true, keyLastFour: "AAA=" }];
          return Response.json({ ...server.sites[0], signingSecret: SECRET });
        },
      },
      { search: "?add=true" },
    );
    await userEvent.click(await screen.findByRole("radio", { name: "HTTP endpoint" }));
    expect(screen.getByRole("list", { name: "Steps" })).toHaveTextContent(/Endpoint.*Secret/);
    await userEvent.type(screen.getByLabelText("Site name"), "garage");
    await userEvent.type(screen.getByLabelText("Site URL"), "https://garage.example.com{Enter}");
    expect(await screen.findByRole("dialog", { name: "Webhook settings of garage" })).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText(SECRET)).toBeVisible();
    expect(screen.getByRole("dialog", { name: "Signing secret of garage" })).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Continue" }));
    expect(screen.getByRole("dialog", { name: "First sync of garage" })).toBeVisible();
    expect(screen.queryByText(SECRET)).not.toBeInTheDocument();
    expect(calls.find(({ call }) => call === "POST /api/sites")?.body).toEqual({
      name: "garage",
      url: "https://garage.example.com",
      kind: "webhook",
    });
  });

  test("is not for those who may only read", async () => {
    open({ sites: [fresh], overview: emptyOverview }, {}, { session: viewer, search: "?add=true" });
    expect(await screen.findByRole("article", { name: "hrms" })).toBeVisible();
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
    expect(screen.queryByRole("link", { name: "Continue setup" })).not.toBeInTheDocument();
  });
});

describe("the first sync of a site", () => {
  const overview = (counts: Partial<Overview["sites"][number]>, active = 3): Overview => ({
    ...emptyOverview,
    users: { active, inactive: 0 },
    sites: [{ ...noCounts, ...counts }],
  });

  test.each([
    ["is under way while users wait", hrms, overview({ synced: 1, pending: 2 }), { kind: "moving", done: 1 }],
    ["is under way before anything was counted", hrms, overview({}), { kind: "moving", done: 0, total: 3 }],
    ["is done when everybody is there", hrms, overview({ synced: 3 }), { kind: "done", total: 3 }],
    ["has nobody to send yet", hrms, overview({}, 0), { kind: "empty" }],
    ["ends with some refused", hrms, overview({ synced: 2, retrying: 1 }), { kind: "refused", failed: 1 }],
    [
      "is stopped by a site that does not answer",
      { ...hrms, health: "degraded" as const, error: "It does not answer." },
      overview({ retrying: 3 }),
      { kind: "stopped" },
    ],
    ["is under way while nothing is known", hrms, undefined, { kind: "moving" }],
  ])("%s", (_what, site, counts, state) => {
    expect(firstSyncOf(site, counts)).toMatchObject(state);
  });
});
