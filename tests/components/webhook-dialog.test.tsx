import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { WebhookDialog } from "@/components/sites/webhook-dialog";
import type { Site } from "@/lib/sites/schema";
import { hrms, problem, renderInApp, serve } from "./support";

const garage: Site = {
  ...hrms,
  name: "garage",
  url: "https://garage.example.com",
  kind: "webhook",
  supabaseUrl: null,
  webhookUrl: "https://garage.example.com/hook",
};
const fresh: Site = { ...garage, hasCredentials: false, keyLastFour: null, webhookUrl: null };
const TEST = `POST /api/sites/${garage.id}/test`;
const SAVE = `PUT /api/sites/${garage.id}/credentials`;
const SECRET = `whsec_${"A".repeat(43)}=`;

afterEach(() => vi.unstubAllGlobals());

function open(site = garage) {
  const onClose = vi.fn();
  renderInApp(<WebhookDialog site={site} onClose={onClose} />);
  return onClose;
}

test("a first secret is made at the usual URL, shown once with what to do, and can be tested", async () => {
  const calls = serve({
    [SAVE]: () => Response.json({ ...garage, signingSecret: SECRET }),
    [TEST]: () => Response.json({ ok: true, checks: [{ name: "signature", ok: true, message: "Yes." }] }),
  });
  const onClose = open(fresh);
  expect(screen.getByLabelText("Webhook URL")).toHaveValue("https://garage.example.com/api/users/sync");
  expect(screen.queryByRole("button", { name: "Test Connection" })).not.toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText(SECRET)).toBeVisible();
  expect(screen.getByRole("button", { name: "Copy secret" })).toBeVisible();
  expect(screen.queryByText(/old secret keeps working/)).not.toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Test Connection" }));
  const checks = await screen.findByRole("region", { name: "Connection test" });
  expect(within(checks).getByRole("listitem")).toHaveTextContent("The signature is acceptedPassed");
  await userEvent.click(screen.getByRole("button", { name: "Done" }));
  expect(onClose).toHaveBeenCalled();
  expect(calls).toEqual([
    { call: SAVE, body: { webhookUrl: "https://garage.example.com/api/users/sync" } },
    { call: TEST, body: {} },
  ]);
});

test("replacing a secret says that the old one keeps working for 24 hours", async () => {
  serve({ [SAVE]: () => Response.json({ ...garage, signingSecret: SECRET }) });
  open();
  expect(screen.getByText(/ends in abcd.*old secret keeps working for 24 hours/)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Save and replace secret" }));
  expect(await screen.findByText(/old secret keeps working for 24 hours/)).toBeVisible();
});

test("a pasted secret is hidden, checked, saved and not shown again", async () => {
  const calls = serve({ [SAVE]: () => Response.json(garage) });
  const onClose = open();
  await userEvent.click(screen.getByRole("radio", { name: "Paste one" }));
  const field = screen.getByLabelText("Secret");
  expect(field).toHaveAttribute("type", "password");
  await userEvent.type(field, "secret{Enter}");
  expect(await screen.findByText(/A signing secret is whsec_/)).toBeVisible();
  await userEvent.clear(field);
  await userEvent.type(field, `${SECRET}{Enter}`);
  await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(calls).toEqual([{ call: SAVE, body: { webhookUrl: garage.webhookUrl, signingSecret: SECRET } }]);
});

test("what the server says about the URL appears there", async () => {
  const message = "Enter another one.";
  serve({ [SAVE]: () => problem(422, "The input is not right.", [{ path: "webhookUrl", message }]) });
  open();
  await userEvent.click(screen.getByRole("button", { name: "Save and replace secret" }));
  expect(await screen.findByText(message)).toBeVisible();
  expect(screen.getByLabelText("Webhook URL")).toHaveAccessibleDescription(message);
});
