import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { UserPanel } from "@/components/users/user-panel";
import { ada, problem, renderInApp, serve } from "./support";

afterEach(() => vi.unstubAllGlobals());

test("an e-mail that is taken is said at the e-mail field, and the panel stays", async () => {
  const message = "Another user has this e-mail address.";
  serve({ "POST /api/users": () => problem(409, message, [{ path: "email", message }]) });
  const onClose = vi.fn();
  renderInApp(<UserPanel user={null} onClose={onClose} />);
  await userEvent.type(screen.getByLabelText("E-mail"), "ada@example.com");
  await userEvent.click(screen.getByRole("button", { name: "Add User" }));
  expect(await screen.findByText(message)).toBeVisible();
  expect(screen.getByLabelText("E-mail")).toHaveAccessibleDescription(message);
  expect(onClose).not.toHaveBeenCalled();
});

test("an error that belongs to no field is shown above the buttons", async () => {
  serve({ "POST /api/users": () => problem(503, "The central project does not answer.") });
  renderInApp(<UserPanel user={null} onClose={vi.fn()} />);
  await userEvent.type(screen.getByLabelText("E-mail"), "ada@example.com{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("The central project does not answer.");
});

test("a wrong e-mail is refused before anything is sent", async () => {
  const calls = serve({});
  renderInApp(<UserPanel user={null} onClose={vi.fn()} />);
  await userEvent.type(screen.getByLabelText("E-mail"), "ada{Enter}");
  expect(await screen.findByText("Enter an e-mail address such as ada@example.com.")).toBeVisible();
  expect(calls).toEqual([]);
});

test("a new user is sent without the fields that were left empty", async () => {
  const calls = serve({ "POST /api/users": () => Response.json(ada, { status: 201 }) });
  const onClose = vi.fn();
  renderInApp(<UserPanel user={null} onClose={onClose} />);
  await userEvent.type(screen.getByLabelText("E-mail"), "ada@example.com{Enter}");
  await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(calls[0]?.body).toEqual({
    email: "ada@example.com",
    full_name: null,
    role: "user",
    team: null,
    department: null,
  });
});

test("an edit sends only what was changed", async () => {
  const calls = serve({ "PATCH /api/users/u1": () => Response.json(ada) });
  const onClose = vi.fn();
  renderInApp(<UserPanel user={ada} onClose={onClose} />);
  await userEvent.clear(screen.getByLabelText("Team"));
  await userEvent.type(screen.getByLabelText("Role"), "{Control>}a{/Control}admin");
  await userEvent.click(screen.getByRole("button", { name: "Save Changes" }));
  await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(calls[0]?.body).toMatchObject({ team: null });
  expect(Object.keys(calls[0]?.body ?? {}).sort()).toEqual(["role", "team"]);
});
