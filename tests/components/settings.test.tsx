import { screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { OwnersOnly } from "@/components/settings/owners-only";
import { Retention } from "@/components/settings/retention";
import { SettingsTabs } from "@/components/settings/settings-tabs";
import type { Session } from "@/lib/session/schema";
import { owner, problem, renderInApp, serve, viewer } from "./support";

vi.mock("next/navigation", () => ({ usePathname: () => "/settings" }));

const admin: Session = { ...owner, role: "admin" };

afterEach(() => vi.unstubAllGlobals());

test.each([
  [viewer, ["General", "Secrets"]],
  [admin, ["General", "Alerts", "Secrets"]],
  [owner, ["General", "Alerts", "Members", "API keys", "Secrets", "Audit log"]],
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

test("an owner sets how long the log is kept, and is told why a number is refused", async () => {
  const refusals = [problem(422, "No.", [{ path: "logDays", message: "Keep it for 7 days at least." }])];
  const calls = serve({
    "GET /api/settings": () => Response.json({ logDays: 90 }),
    "PATCH /api/settings": () => refusals.pop() ?? Response.json({ logDays: 30 }),
  });
  renderInApp(<Retention />);
  const field = await screen.findByRole("spinbutton", { name: "Days the log is kept" });
  expect(field).toHaveValue(90);
  await userEvent.clear(field);
  await userEvent.type(field, "3{Enter}");
  expect(await screen.findByText("Keep it for 7 days at least.")).toBeVisible();
  await userEvent.type(field, "0{Enter}");
  await vi.waitFor(() => expect(screen.getByRole("button", { name: "Save" })).toBeDisabled());
  expect(field).toHaveValue(30);
  const sent = calls.filter(({ call }) => call.startsWith("PATCH")).map(({ body }) => body);
  expect(sent).toEqual([{ logDays: 3 }, { logDays: 30 }]);
});

test("who is no owner reads how long the log is kept", async () => {
  serve({ "GET /api/settings": () => Response.json({ logDays: 90 }) });
  renderInApp(<Retention />, { session: admin });
  expect(await screen.findByText("90 days")).toBeVisible();
  expect(screen.queryByRole("spinbutton")).not.toBeInTheDocument();
});
