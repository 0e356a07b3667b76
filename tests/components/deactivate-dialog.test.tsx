import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { DeactivateDialog } from "@/components/users/deactivate-dialog";
import type { Site } from "@/lib/sites/schema";
import { ada, adaAtHrms, hrms, renderInApp, serve } from "./support";

const cms: Site = { ...hrms, id: "cms", name: "cms", removalPolicy: "keep" };
const events: Site = { ...hrms, id: "events", name: "events", kind: "webhook" };
const sales: Site = { ...hrms, id: "sales", name: "sales" };

afterEach(() => vi.unstubAllGlobals());

test("deactivating somebody says what each site does with them, by its own policy", async () => {
  const page = (items: unknown[]) => () => Response.json({ items, nextCursor: null });
  serve({
    "GET /api/sites?limit=500": page([cms, events, hrms, sales]),
    "GET /api/sync/status?userId=u1&limit=500": page([
      adaAtHrms,
      { ...adaAtHrms, site_id: cms.id },
      { ...adaAtHrms, site_id: events.id },
      { ...adaAtHrms, site_id: sales.id, synced_at: null },
    ]),
  });
  renderInApp(<DeactivateDialog user={ada} name="Ada Lovelace" onClose={vi.fn()} />);
  const dialog = await screen.findByRole("alertdialog", { name: "Deactivate Ada Lovelace?" });
  expect(await screen.findByText("This user will be removed from 1 site: hrms.")).toBeVisible();
  expect(dialog).toHaveTextContent("This user will be kept as they are at 1 site: cms.");
  expect(dialog).toHaveTextContent("This user will be reported as removed to 1 site: events.");
  expect(dialog).not.toHaveTextContent("sales");
});

test("of many sites some are named and the others counted", async () => {
  const page = (items: unknown[]) => () => Response.json({ items, nextCursor: null });
  const many = Array.from({ length: 12 }, (_, n): Site => ({ ...hrms, id: `s${n}`, name: `site ${n}` }));
  serve({
    "GET /api/sites?limit=500": page(many),
    "GET /api/sync/status?userId=u1&limit=500": page(many.map(({ id }) => ({ ...adaAtHrms, site_id: id }))),
  });
  renderInApp(<DeactivateDialog user={ada} name="Ada Lovelace" onClose={vi.fn()} />);
  expect(await screen.findByText(/removed from 12 sites: site 0, .*, site 7 and 4 others\.$/)).toBeVisible();
});
