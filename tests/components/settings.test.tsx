import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { OwnersOnly } from "@/components/settings/owners-only";
import { SettingsTabs } from "@/components/settings/settings-tabs";
import type { Session } from "@/lib/session/schema";
import { owner, renderInApp, serve, viewer } from "./support";

vi.mock("next/navigation", () => ({ usePathname: () => "/settings" }));

const admin: Session = { ...owner, role: "admin" };

afterEach(() => vi.unstubAllGlobals());

test.each([
  [viewer, ["General", "Secrets"]],
  [admin, ["General", "Secrets"]],
  [owner, ["General", "Members", "API keys", "Secrets", "Audit log"]],
] as const)("$role: Settings has the parts that the role may open", (session, names) => {
  serve({});
  renderInApp(<SettingsTabs />, { session });
  expect(screen.getAllByRole("link").map(({ textContent }) => textContent)).toEqual(names);
  expect(screen.getByRole("link", { name: "General" })).toHaveAttribute("aria-current", "page");
});

test("a part that is not for one's role says so", () => {
  serve({});
  renderInApp(<OwnersOnly scope="access:manage">secret</OwnersOnly>, { session: admin });
  expect(screen.getByRole("heading", { name: "Only owners see this" })).toBeVisible();
  expect(screen.queryByText("secret")).not.toBeInTheDocument();
});
