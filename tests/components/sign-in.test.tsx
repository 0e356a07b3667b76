import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { SignInView } from "@/components/access/sign-in-view";
import { problem, renderInApp, serve } from "./support";

const OPTIONS = "GET /api/sign-in-options";
const SIGN_IN = "POST /api/session";
const account = { email: "ada@example.com", password: "a long one" };
const byPassword = { password: true, providers: [], setup: false };

afterEach(() => vi.unstubAllGlobals());

function open(options: object, answers: Record<string, () => Response> = {}) {
  const calls = serve({ [OPTIONS]: () => Response.json(options), ...answers });
  const onSignedIn = vi.fn();
  renderInApp(
    <SignInView next="/users?q=ada" stranger={null} providerFailed={false} onSignedIn={onSignedIn} />,
  );
  return { calls, onSignedIn };
}

test("signing in needs no mouse, and leads where one wanted to go", async () => {
  const { calls, onSignedIn } = open(byPassword, { [SIGN_IN]: () => Response.json({ member: true }) });
  expect(await screen.findByLabelText("E-mail")).toHaveFocus();
  await userEvent.keyboard(account.email);
  await userEvent.tab();
  expect(screen.getByLabelText("Password")).toHaveFocus();
  await userEvent.keyboard(`${account.password}{Enter}`);
  await vi.waitFor(() => expect(onSignedIn).toHaveBeenCalledWith("/users?q=ada"));
  expect(calls).toContainEqual({ call: SIGN_IN, body: account });
});

test("a wrong password says so, is emptied and has the focus again", async () => {
  const { onSignedIn } = open(byPassword, { [SIGN_IN]: () => problem(401, "The password is wrong.") });
  await userEvent.type(await screen.findByLabelText("E-mail"), account.email);
  await userEvent.type(screen.getByLabelText("Password"), "wrong{Enter}");
  expect(await screen.findByText("The password is wrong.")).toBeVisible();
  expect(screen.getByLabelText("E-mail")).toHaveValue(account.email);
  expect(screen.getByLabelText("Password")).toHaveValue("");
  await vi.waitFor(() => expect(screen.getByLabelText("Password")).toHaveFocus());
  expect(onSignedIn).not.toHaveBeenCalled();
});

test("nothing is sent before both fields are filled in", async () => {
  const { calls } = open(byPassword);
  await userEvent.click(await screen.findByRole("button", { name: "Sign in" }));
  expect(await screen.findByText("Enter your e-mail address.")).toBeVisible();
  expect(screen.getByLabelText("Password")).toHaveAccessibleDescription("Enter your password.");
  expect(calls.map(({ call }) => call)).toEqual([OPTIONS]);
});

test("the password can be looked at", async () => {
  open(byPassword);
  const field = await screen.findByLabelText("Password");
  expect(field).toHaveAttribute("type", "password");
  await userEvent.click(screen.getByRole("button", { name: "Show the password" }));
  expect(field).toHaveAttribute("type", "text");
});

test("an account that is no member is told so and can be left", async () => {
  const { calls, onSignedIn } = open(byPassword, {
    [SIGN_IN]: () => Response.json({ member: false }),
    "DELETE /api/session": () => new Response(null, { status: 204 }),
  });
  await userEvent.type(await screen.findByLabelText("E-mail"), account.email);
  await userEvent.type(screen.getByLabelText("Password"), `${account.password}{Enter}`);
  expect(await screen.findByRole("heading", { name: "This account is no member" })).toBeVisible();
  expect(screen.getByText(/Ask an owner for an invitation/)).toHaveTextContent(account.email);
  await userEvent.click(screen.getByRole("button", { name: "Use another account" }));
  expect(await screen.findByLabelText("E-mail")).toHaveValue("");
  expect(calls.at(-1)?.call).toBe("DELETE /api/session");
  expect(onSignedIn).not.toHaveBeenCalled();
});

test("other ways to sign in appear by themselves, and remember where to go", async () => {
  open({ password: false, providers: ["github", "keycloak"], setup: false });
  const github = await screen.findByRole("link", { name: "Continue with GitHub" });
  expect(github).toHaveAttribute("href", "/auth/sign-in/github?next=%2Fusers%3Fq%3Dada");
  expect(screen.getByRole("link", { name: "Continue with Keycloak" })).toBeVisible();
  expect(screen.queryByLabelText("Password")).not.toBeInTheDocument();
});

test("a project that lets nobody sign in is named, with what to do", async () => {
  open({ password: false, providers: [], setup: false });
  expect(await screen.findByText(/Switch on e-mail or another provider/)).toBeVisible();
});

test("without an owner it says where the setup link is", async () => {
  open({ password: true, providers: [], setup: true });
  expect(await screen.findByRole("heading", { name: "This Roster has no owner yet" })).toBeVisible();
  expect(screen.queryByLabelText("Password")).not.toBeInTheDocument();
});

test("coming back from a provider without a session is explained", async () => {
  serve({ [OPTIONS]: () => Response.json({ password: true, providers: ["github"], setup: false }) });
  renderInApp(<SignInView next="/" stranger={null} providerFailed onSignedIn={vi.fn()} />);
  expect(await screen.findByText(/did not say who you are, so you are not signed in/)).toBeVisible();
  expect(screen.getByRole("link", { name: "Continue with GitHub" })).toBeVisible();
});

test("who is signed in already with an account that is no member is told so", () => {
  serve({ [OPTIONS]: () => Response.json(byPassword) });
  renderInApp(<SignInView next="/" stranger="me@example.com" providerFailed={false} />);
  expect(screen.getByRole("heading", { name: "This account is no member" })).toBeVisible();
  expect(screen.getByText("me@example.com")).toBeVisible();
});
