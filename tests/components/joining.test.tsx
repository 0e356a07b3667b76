import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { InviteView } from "@/components/access/invite-view";
import { SetupView } from "@/components/access/setup-view";
import { problem, renderInApp, serve } from "./support";

const OPTIONS = "GET /api/sign-in-options";
const PREVIEW = "GET /api/invitations/preview?token=t0";
const ACCEPT = "POST /api/invitations/accept";
const options = (more: object) => () =>
  Response.json({ password: true, providers: [], setup: false, ...more });
const invitation = () =>
  Response.json({ email: "grace@example.com", role: "admin", expiresAt: "2099-01-01T00:00:00Z" });

afterEach(() => vi.unstubAllGlobals());

function openInvitation(answers: Record<string, () => Response>) {
  const calls = serve({ [OPTIONS]: options({}), [PREVIEW]: invitation, ...answers });
  const onDone = vi.fn();
  renderInApp(<InviteView token="t0" signedInAs={null} onDone={onDone} />);
  return { calls, onDone };
}

test("the first owner is made by the link from the log", async () => {
  const calls = serve({
    [OPTIONS]: options({ setup: true }),
    "POST /api/setup": () => Response.json({ member: true }),
  });
  const onDone = vi.fn();
  renderInApp(<SetupView token="t0" signedInAs={null} onDone={onDone} />);
  await userEvent.type(await screen.findByLabelText("E-mail"), "olive@example.com");
  await userEvent.type(screen.getByLabelText("Password"), "a long one{Enter}");
  await vi.waitFor(() => expect(onDone).toHaveBeenCalled());
  expect(calls.at(-1)?.body).toEqual({ token: "t0", email: "olive@example.com", password: "a long one" });
});

test("a setup link is of no use once there is an owner", async () => {
  serve({ [OPTIONS]: options({}) });
  renderInApp(<SetupView token="t0" signedInAs={null} />);
  expect(await screen.findByRole("heading", { name: "This Roster has an owner already" })).toBeVisible();
  expect(screen.getByRole("link", { name: "Sign in" })).toHaveAttribute("href", "/sign-in");
});

test("a setup link without its end says what is missing", () => {
  serve({ [OPTIONS]: options({ setup: true }) });
  renderInApp(<SetupView token="" signedInAs={null} />);
  expect(screen.getByRole("heading", { name: "This link is not whole" })).toBeVisible();
});

test("an invitation says as what, and is accepted with an account", async () => {
  const { calls, onDone } = openInvitation({ [ACCEPT]: () => Response.json({ member: true }) });
  expect(await screen.findByText("Admin")).toBeVisible();
  expect(screen.getByLabelText("E-mail")).toHaveValue("grace@example.com");
  await userEvent.type(screen.getByLabelText("Password"), "a long one{Enter}");
  await vi.waitFor(() => expect(onDone).toHaveBeenCalled());
  expect(calls.at(-1)?.body).toEqual({ token: "t0", email: "grace@example.com", password: "a long one" });
});

test("an address that has to be confirmed first leaves the link good", async () => {
  let confirmed = false;
  const { onDone } = openInvitation({
    [ACCEPT]: () =>
      confirmed ? Response.json({ member: true }) : Response.json({ confirmEmail: true }, { status: 202 }),
  });
  await userEvent.type(await screen.findByLabelText("Password"), "a long one{Enter}");
  expect(await screen.findByRole("heading", { name: "Confirm your e-mail address" })).toBeVisible();
  confirmed = true;
  await userEvent.click(screen.getByRole("button", { name: "I have confirmed it" }));
  await userEvent.type(await screen.findByLabelText("Password"), "a long one{Enter}");
  await vi.waitFor(() => expect(onDone).toHaveBeenCalled());
});

test("what is wrong with the password stands at the password", async () => {
  const message = "Choose a longer one.";
  openInvitation({
    [ACCEPT]: () => problem(422, "The input is not right.", [{ path: "password", message }]),
  });
  await userEvent.type(await screen.findByLabelText("Password"), "short{Enter}");
  expect(await screen.findByText(message)).toBeVisible();
  expect(screen.getByLabelText("Password")).toHaveAccessibleDescription(message);
});

test("an invitation that is over says what to do", async () => {
  serve({ [OPTIONS]: options({}), [PREVIEW]: () => problem(404, "No.") });
  renderInApp(<InviteView token="t0" signedInAs={null} />);
  expect(await screen.findByRole("heading", { name: "This invitation does not work" })).toBeVisible();
  expect(screen.getByText(/Ask an owner for a new one/)).toBeVisible();
});

test("who is signed in already joins with one click, or with another account", async () => {
  const calls = serve({
    [OPTIONS]: options({}),
    [PREVIEW]: invitation,
    [ACCEPT]: () => Response.json({ member: true }),
  });
  const onDone = vi.fn();
  renderInApp(<InviteView token="t0" signedInAs="me@example.com" onDone={onDone} />);
  expect(await screen.findByText("me@example.com")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Use another account" }));
  expect(screen.getByLabelText("E-mail")).toHaveValue("grace@example.com");
  await userEvent.click(screen.getByRole("button", { name: "Join as me@example.com" }));
  await vi.waitFor(() => expect(onDone).toHaveBeenCalled());
  expect(calls.at(-1)).toEqual({ call: ACCEPT, body: { token: "t0" } });
});

test("other ways to sign in lead back to the invitation", async () => {
  openInvitation({ [OPTIONS]: options({ providers: ["google"] }) });
  const google = await screen.findByRole("link", { name: "Continue with Google" });
  expect(google).toHaveAttribute("href", "/auth/sign-in/google?next=%2Finvite%3Ftoken%3Dt0");
});
