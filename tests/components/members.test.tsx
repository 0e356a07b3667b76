import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { MembersView } from "@/components/members/members-view";
import type { Invitation, Member } from "@/lib/members/schema";
import { owner, problem, renderInApp, serve } from "./support";

const time = "2026-01-31T09:00:00Z";
const olive: Member = { ...owner, createdAt: time, lastSeenAt: time };
const ada: Member = { id: "m3", email: "ada@example.com", role: "admin", createdAt: time, lastSeenAt: null };
const second: Member = { ...ada, id: "m4", email: "otto@example.com", role: "owner" };
const grace: Invitation = {
  id: "i1",
  email: "grace@example.com",
  role: "viewer",
  expiresAt: "2099-01-01T00:00:00Z",
  createdAt: time,
  invitedBy: olive.email,
};
const page = (items: unknown[]) => () => Response.json({ items, nextCursor: null });

afterEach(() => vi.unstubAllGlobals());

interface There {
  members?: Member[];
  invitations?: Invitation[];
  answers?: Record<string, () => Response>;
}

function open({ members = [olive, ada], invitations = [], answers = {} }: There = {}) {
  const calls = serve({
    "GET /api/session": () => Response.json(owner),
    "GET /api/members?limit=500": page(members),
    "GET /api/invitations?limit=500": page(invitations),
    ...answers,
  });
  renderInApp(<MembersView />);
  return () => calls.filter(({ call }) => !call.startsWith("GET "));
}

test("a member's role is changed where it stands", async () => {
  const writes = open({ answers: { "PATCH /api/members/m3": () => Response.json(ada) } });
  await userEvent.selectOptions(await screen.findByLabelText("Role of ada@example.com"), "Viewer");
  await vi.waitFor(() =>
    expect(writes()).toEqual([{ call: "PATCH /api/members/m3", body: { role: "viewer" } }]),
  );
});

test("the only owner cannot be changed or removed, and it says why", async () => {
  open();
  expect(await screen.findByLabelText(`Role of ${olive.email}`)).toBeDisabled();
  expect(screen.getByRole("button", { name: `Remove ${olive.email}` })).toBeDisabled();
  expect(screen.getByText(/The only owner. Make somebody else an owner first/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Remove ada@example.com" })).toBeEnabled();
});

test("one's own role is changed after a question only", async () => {
  const writes = open({
    members: [olive, second],
    answers: { "PATCH /api/members/m1": () => problem(409, "This is the last owner.") },
  });
  await userEvent.selectOptions(await screen.findByLabelText(`Role of ${olive.email}`), "Admin");
  const question = await screen.findByRole("alertdialog", { name: "Make yourself admin?" });
  expect(question).toHaveTextContent("Only another owner can make you an owner again.");
  expect(writes()).toEqual([]);
  await userEvent.click(within(question).getByRole("button", { name: "Change my role" }));
  expect(await within(question).findByText("This is the last owner.")).toBeVisible();
});

test("removing a member asks first, and says what it does not do", async () => {
  const writes = open({ answers: { "DELETE /api/members/m3": () => Response.json(ada) } });
  await userEvent.click(await screen.findByRole("button", { name: "Remove ada@example.com" }));
  const question = await screen.findByRole("alertdialog", { name: "Remove ada@example.com?" });
  expect(question).toHaveTextContent("API keys that they made keep working.");
  await userEvent.click(within(question).getByRole("button", { name: "Remove" }));
  await vi.waitFor(() => expect(question).not.toBeInTheDocument());
  expect(writes().map(({ call }) => call)).toEqual(["DELETE /api/members/m3"]);
});

test.each([
  [true, "It was mailed to grace@example.com."],
  [false, "It was not mailed"],
])("an invitation shows its link once, and whether it was mailed (%s)", async (mailed, text) => {
  const link = "https://roster.example.com/invite?token=t0";
  const writes = open({
    answers: {
      "POST /api/invitations": () => Response.json({ invitation: grace, link, mailed }, { status: 201 }),
    },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Invite member" }));
  const dialog = await screen.findByRole("dialog", { name: "Invite member" });
  await userEvent.type(within(dialog).getByLabelText("E-mail"), "grace@example.com");
  await userEvent.click(within(dialog).getByRole("radio", { name: "Admin" }));
  await userEvent.click(within(dialog).getByRole("button", { name: "Create invitation" }));
  expect(await screen.findByText(link)).toBeVisible();
  expect(screen.getByText(new RegExp(text))).toBeVisible();
  expect(screen.getByRole("button", { name: "Copy link" })).toBeVisible();
  expect(writes()[0]?.body).toEqual({ email: "grace@example.com", role: "admin" });
  await userEvent.click(screen.getByRole("button", { name: "Done" }));
  expect(screen.queryByText(link)).not.toBeInTheDocument();
});

test("what the server says about the address appears there", async () => {
  const message = "A member has this e-mail address already.";
  open({
    answers: { "POST /api/invitations": () => problem(409, message, [{ path: "email", message }]) },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Invite member" }));
  await userEvent.type(await screen.findByLabelText("E-mail"), "ada@example.com{Enter}");
  expect(await screen.findByText(message)).toBeVisible();
  expect(screen.getByLabelText("E-mail")).toHaveAccessibleDescription(message);
});

test("an open invitation can be withdrawn", async () => {
  const writes = open({
    invitations: [grace],
    answers: { "DELETE /api/invitations/i1": () => Response.json(grace) },
  });
  const row = await screen.findByRole("listitem");
  expect(row).toHaveTextContent(`grace@example.comViewer · invited by ${olive.email}`);
  await userEvent.click(
    within(row).getByRole("button", { name: "Withdraw the invitation of grace@example.com" }),
  );
  await vi.waitFor(() => expect(writes().map(({ call }) => call)).toEqual(["DELETE /api/invitations/i1"]));
});

test("without open invitations it says what to do", async () => {
  open();
  expect(await screen.findByText(/None. Invite somebody above/)).toBeVisible();
});
