import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { rotationState } from "@/components/secrets/rotation-state";
import { SecretsView } from "@/components/secrets/secrets-view";
import type { SealingKeyUse } from "@/lib/secrets/schema";
import { renderInApp, serve } from "./support";

afterEach(() => vi.unstubAllGlobals());

const now = new Date("2026-06-01T00:00:00Z").getTime();
const present: SealingKeyUse = {
  kid: "k2",
  current: true,
  configured: true,
  sealed: 4,
  since: "2026-05-01T00:00:00Z",
};
const older: SealingKeyUse = { ...present, kid: "k1", current: false, sealed: 0, since: null };

test.each([
  ["fine", [present]],
  ["fine", [{ ...present, sealed: 0, since: null }]],
  ["due", [{ ...present, since: "2025-05-01T00:00:00Z" }]],
  ["removable", [present, older]],
  ["unfinished", [present, { ...older, sealed: 1 }]],
  ["missing", [present, { ...older, sealed: 1, configured: false }]],
  ["missing", [present, { ...older, kid: null, configured: false }]],
] as const)("it is %s", (kind, keys) => {
  expect(rotationState(keys, now).kind).toBe(kind);
});

test("a rotation that is not finished says how to finish it", async () => {
  serve({ "GET /api/secrets": () => Response.json({ keys: [present, { ...older, sealed: 3 }] }) });
  renderInApp(<SecretsView />);
  expect(await screen.findByText("A rotation is not finished")).toBeVisible();
  expect(screen.getByText(/3 secrets are still sealed with an older key/)).toBeVisible();
  expect(screen.getByRole("row", { name: /k1 Only opens 3/ })).toBeVisible();
});
