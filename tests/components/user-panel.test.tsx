import { fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { UserPanel } from "@/components/users/user-panel";
import { ada, problem, renderInApp, serve } from "./support";

afterEach(() => vi.unstubAllGlobals());

/** The body of the one call that changes something. */
function sentIn(calls: ReturnType<typeof serve>) {
  return calls.find(({ call }) => !call.startsWith("GET"))?.body;
}

/** A panel whose user somebody else can change. */
function ChangingPanel({ onClose }: { onClose: () => void }) {
  const [user, setUser] = useState(ada);
  return (
    <>
      <button type="button" onClick={() => setUser({ ...ada, role: "editor", team: "Analysis", version: 2 })}>
        Somebody else
      </button>
      <UserPanel user={user} onClose={onClose} />
    </>
  );
}

/** What is offered while one types. */
const facets = {
  "GET /api/users/facets": () => Response.json({ roles: ["user"], teams: [], departments: [] }),
};

test("an e-mail that is taken is said at the e-mail field, and the panel stays", async () => {
  const message = "Another user has this e-mail address.";
  serve({ ...facets, "POST /api/users": () => problem(409, message, [{ path: "email", message }]) });
  const onClose = vi.fn();
  renderInApp(<UserPanel user={null} onClose={onClose} />);
  await userEvent.type(screen.getByLabelText("E-mail"), "ada@example.com");
  await userEvent.click(screen.getByRole("button", { name: "Add User" }));
  expect(await screen.findByText(message)).toBeVisible();
  expect(screen.getByLabelText("E-mail")).toHaveAccessibleDescription(message);
  expect(onClose).not.toHaveBeenCalled();
});

test("an error that belongs to no field is shown above the buttons", async () => {
  serve({ ...facets, "POST /api/users": () => problem(503, "The central project does not answer.") });
  renderInApp(<UserPanel user={null} onClose={vi.fn()} />);
  await userEvent.type(screen.getByLabelText("E-mail"), "ada@example.com{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("The central project does not answer.");
});

test("a wrong e-mail is refused before anything is sent", async () => {
  const calls = serve(facets);
  renderInApp(<UserPanel user={null} onClose={vi.fn()} />);
  await userEvent.type(screen.getByLabelText("E-mail"), "ada{Enter}");
  expect(await screen.findByText("Enter an e-mail address such as ada@example.com.")).toBeVisible();
  expect(calls.map(({ call }) => call)).toEqual(["GET /api/users/facets"]);
});

test("a new user is sent without the fields that were left empty", async () => {
  const calls = serve({ ...facets, "POST /api/users": () => Response.json(ada, { status: 201 }) });
  const onClose = vi.fn();
  renderInApp(<UserPanel user={null} onClose={onClose} />);
  await userEvent.type(screen.getByLabelText("E-mail"), "ada@example.com{Enter}");
  await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(sentIn(calls)).toEqual({
    email: "ada@example.com",
    full_name: null,
    role: "user",
    team: null,
    department: null,
  });
});

test("an edit sends only what was changed", async () => {
  const calls = serve({ ...facets, "PATCH /api/users/u1": () => Response.json(ada) });
  const onClose = vi.fn();
  renderInApp(<UserPanel user={ada} onClose={onClose} />);
  await userEvent.clear(screen.getByLabelText("Team"));
  await userEvent.type(screen.getByLabelText("Role"), "{Control>}a{/Control}admin");
  await userEvent.click(screen.getByRole("button", { name: "Save changes" }));
  await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(sentIn(calls)).toMatchObject({ team: null });
  expect(Object.keys(sentIn(calls) ?? {}).sort()).toEqual(["role", "team"]);
});

test("a change by somebody else comes into untouched fields, and what was typed stays", async () => {
  const calls = serve({ ...facets, "PATCH /api/users/u1": () => Response.json(ada) });
  const onClose = vi.fn();
  renderInApp(<ChangingPanel onClose={onClose} />);
  await userEvent.type(screen.getByLabelText("Role"), "{Control>}a{/Control}poet");
  // The dialog hides what is behind it from people; here it stands for the server.
  fireEvent.click(screen.getByText("Somebody else"));
  expect(await screen.findByText(/Role is now “editor”/)).toHaveTextContent("What you typed stays");
  expect(screen.getByLabelText("Role")).toHaveValue("poet");
  expect(screen.getByLabelText("Team")).toHaveValue("Analysis");
  await userEvent.click(screen.getByRole("button", { name: "Save changes" }));
  await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(sentIn(calls)).toEqual({ role: "poet" });
});
