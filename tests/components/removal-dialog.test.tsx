import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { RemovalDialog } from "@/components/sites/removal-dialog";
import { hrms, problem, renderInApp, serve } from "./support";

const SAVE = `PATCH /api/sites/${hrms.id}`;

afterEach(() => vi.unstubAllGlobals());

function open(site = hrms) {
  const onClose = vi.fn();
  renderInApp(<RemovalDialog site={site} onClose={onClose} />);
  return onClose;
}

test("the present choice is made, has the focus, and the default is marked", () => {
  open();
  const chosen = screen.getByRole("radio", { name: "Delete their row" });
  expect(chosen).toBeChecked();
  expect(chosen).toHaveFocus();
  expect(screen.getByText("Default")).toBeVisible();
});

test("each choice says what becomes of users who left before", async () => {
  open();
  expect(screen.getByText(/rows that are still at the site are deleted at once/)).toBeVisible();
  await userEvent.click(screen.getByRole("radio", { name: "Keep their row" }));
  expect(screen.getByText(/They stay as they are/)).toBeVisible();
});

test("the column of a site that deactivates is named", () => {
  open({ ...hrms, removalPolicy: "deactivate", removalColumn: "enabled" });
  expect(screen.getByRole("radio", { name: "Deactivate their row" })).toHaveAccessibleDescription(
    /enabled set to false/,
  );
  expect(screen.queryByRole("button", { name: "Copy SQL" })).not.toBeInTheDocument();
});

test("another choice is saved and closes", async () => {
  const calls = serve({ [SAVE]: () => Response.json({ ...hrms, removalPolicy: "keep" }) });
  const onClose = open();
  await userEvent.click(screen.getByRole("radio", { name: "Keep their row" }));
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(calls).toEqual([{ call: SAVE, body: { removalPolicy: "keep" } }]);
});

test("the same choice closes without a call", async () => {
  const calls = serve({});
  const onClose = open();
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(onClose).toHaveBeenCalled();
  expect(calls).toEqual([]);
});

test("a site without such a column says what to add, until another choice is made", async () => {
  const message = "The site's user_profiles has no column that says whether somebody is active.";
  serve({
    [SAVE]: () => problem(422, `removalPolicy: ${message}`, [{ path: "removalPolicy", message }]),
  });
  const onClose = open();
  await userEvent.click(screen.getByRole("radio", { name: "Deactivate their row" }));
  expect(screen.getByRole("button", { name: "Copy SQL" })).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByRole("alert")).toHaveTextContent(message);
  expect(screen.getByRole("group", { name: "When a user leaves" })).toHaveAccessibleDescription(message);
  expect(onClose).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("radio", { name: "Keep their row" }));
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});
