import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { CredentialsDialog } from "@/components/sites/credentials-dialog";
import type { ConnectionTest } from "@/lib/sites/credentials-schema";
import { hrms, problem, renderInApp, serve } from "./support";

const TEST = `POST /api/sites/${hrms.id}/test`;
const SAVE = `PUT /api/sites/${hrms.id}/credentials`;

afterEach(() => vi.unstubAllGlobals());

function open(site = hrms) {
  const onClose = vi.fn();
  renderInApp(<CredentialsDialog site={site} sql="create table …" onClose={onClose} />);
  return onClose;
}

test("the saved key shows as its last four characters and is not in the form", () => {
  open();
  expect(screen.getByLabelText("Supabase key")).toHaveValue("");
  expect(screen.getByLabelText("Supabase key")).toHaveAttribute("type", "password");
  expect(screen.getByText(/Saved key ends in abcd/)).toBeVisible();
});

test("each check of a connection test says what was found and what to do", async () => {
  const result: ConnectionTest = {
    ok: false,
    checks: [
      { name: "url", ok: true, message: "A Supabase API answers." },
      { name: "key", ok: false, message: "The key is not accepted.", fix: "Copy the secret key again." },
      { name: "table", ok: null, message: "Not looked at." },
    ],
  };
  serve({ [TEST]: () => Response.json(result) });
  open();
  await userEvent.click(screen.getByRole("button", { name: "Test Connection" }));
  const checks = await screen.findByRole("region", { name: "Connection test" });
  const [url, key, table] = within(checks).getAllByRole("listitem");
  expect(url).toHaveTextContent("Passed");
  expect(key).toHaveTextContent("FailedThe key is not accepted.What to do: Copy the secret key again.");
  expect(table).toHaveTextContent("Not checked");
});

test("a test with an empty key field tests the saved key", async () => {
  const calls = serve({ [TEST]: () => Response.json({ ok: true, checks: [] }) });
  open();
  await userEvent.click(screen.getByRole("button", { name: "Test Connection" }));
  await screen.findByText("The connection works.");
  expect(calls).toEqual([{ call: TEST, body: { supabaseUrl: hrms.supabaseUrl } }]);
});

test("without a saved key, a test asks for one", async () => {
  const calls = serve({});
  open({ ...hrms, hasCredentials: false, keyLastFour: null });
  await userEvent.click(screen.getByRole("button", { name: "Test Connection" }));
  expect(await screen.findByText("Enter the site's Supabase key.")).toBeVisible();
  expect(calls).toEqual([]);
});

test("Enter saves what is typed and closes", async () => {
  const calls = serve({ [SAVE]: () => Response.json(hrms) });
  const onClose = open();
  await userEvent.type(screen.getByLabelText("Supabase key"), "sb_secret_1{Enter}");
  await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(calls[0]).toEqual({
    call: SAVE,
    body: { supabaseUrl: hrms.supabaseUrl, supabaseKey: "sb_secret_1" },
  });
});

test.each([
  ["sb_publishable_1", "publishable key"],
  [`e30.${btoa('{"role":"anon","ref":"hrms"}')}.x`, "legacy anon key"],
])("a public key is called one while it is typed, with the safer way beside it", async (key, name) => {
  serve({});
  open();
  await userEvent.type(screen.getByLabelText("Supabase key"), key);
  const notice = screen.getByRole("status");
  expect(notice).toHaveTextContent(`This is a ${name}. It is public: it works only where everybody may`);
  expect(notice).toHaveTextContent("What to do: Use the project's secret key instead (sb_secret_…)");
  await userEvent.clear(screen.getByLabelText("Supabase key"));
  await userEvent.type(screen.getByLabelText("Supabase key"), "sb_secret_1");
  expect(notice).toBeEmptyDOMElement();
});

test("another project's key is refused by name while it is typed", async () => {
  serve({});
  open();
  const key = `e30.${btoa('{"role":"service_role","ref":"wxyz"}')}.x`;
  await userEvent.type(screen.getByLabelText("Supabase key"), key);
  expect(screen.getByRole("status")).toHaveTextContent('This key belongs to the project "wxyz"');
});

test("what the server says about a field appears at that field", async () => {
  const message = "This project is the centre itself.";
  serve({ [SAVE]: () => problem(422, "The input is not right.", [{ path: "supabaseUrl", message }]) });
  open();
  await userEvent.type(screen.getByLabelText("Supabase key"), "sb_secret_1");
  await userEvent.click(screen.getByRole("button", { name: "Save Credentials" }));
  expect(await screen.findByText(message)).toBeVisible();
  expect(screen.getByLabelText("Supabase URL")).toHaveAccessibleDescription(message);
});
