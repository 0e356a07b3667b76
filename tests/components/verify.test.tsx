import { screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { expect, test } from "vitest";
import { SiteVerifySection } from "@/components/verify/site-verify";
import type { SiteVerify, Verification, VerificationDetail } from "@/lib/verify/schema";
import { hrms, problem, renderInApp, serve, viewer } from "./support";

const id = "5d0f7a52-0000-4000-8000-000000000001";
const base = `/api/sites/${hrms.id}`;
const detail = `GET ${base}/verifications/${id}`;

const last: Verification = {
  id,
  siteId: hrms.id,
  requestedBy: "olive@example.com",
  repair: false,
  expected: 10,
  equal: 7,
  different: 1,
  missing: 2,
  extra: 1,
  skipped: 0,
  repaired: 0,
  listed: true,
  errorCode: null,
  error: null,
  advice: null,
  startedAt: "2026-01-31T09:00:00.000Z",
  finishedAt: "2026-01-31T09:00:02.500Z",
};

const finding = {
  userId: "u1",
  kind: "different" as const,
  email: "ada@example.com",
  fields: [
    { name: "role", here: "user", there: "admin" },
    { name: "team", here: null, there: "" },
  ],
  foundAt: last.startedAt,
  repairing: false,
  repairedAt: null,
};

function state(fields: Partial<SiteVerify> = {}): SiteVerify {
  return { everyMinutes: 60, onDrift: "report", nextAt: null, runningId: null, last, ...fields };
}

function found(items: VerificationDetail["items"], fields: Partial<Verification> = {}) {
  return () => Response.json({ ...last, ...fields, items, nextCursor: null });
}

const settings = (answer = state()) => ({ [`GET ${base}/verify`]: () => Response.json(answer) });
const different = { [`${detail}?kind=different&limit=50`]: found([finding]) };
const extra = {
  [`${detail}?kind=extra&limit=50`]: found([
    { ...finding, userId: "own", kind: "extra", email: "own@example.com" },
  ]),
};

test("a site that was never compared says what comparing does, and begins at a click", async () => {
  let running = false;
  const calls = serve({
    [`GET ${base}/verify`]: () => Response.json(state({ last: null, runningId: running ? id : null })),
    [`POST ${base}/verify`]: () => {
      running = true;
      return Response.json({ verificationId: id }, { status: 202 });
    },
    [`${detail}?limit=1`]: () => {
      const { finishedAt: _, ...open } = { ...last, equal: 3, different: 0, missing: 0, extra: 0 };
      return Response.json({ ...open, items: [], nextCursor: null });
    },
  });
  renderInApp(<SiteVerifySection site={hrms} />);
  await userEvent.click(await screen.findByRole("button", { name: "Verify now" }));
  expect(await screen.findByText("Comparing: 3 of 10 rows")).toBeInTheDocument();
  expect(screen.getByRole("progressbar", { name: "Compared rows" })).toHaveAttribute("aria-valuenow", "30");
  expect(screen.getByRole("button", { name: "Verifying" })).toBeDisabled();
  expect(calls.find(({ call }) => call.startsWith("POST"))?.body).toEqual({ repair: false });
});

test("what was found is counted and shown with both values, and one row is repaired at a click", async () => {
  const calls = serve({
    ...settings(),
    ...different,
    [`POST ${base}/verifications/${id}/repair`]: () => Response.json({ pairs: 1 }, { status: 202 }),
  });
  renderInApp(<SiteVerifySection site={hrms} />);
  const row = (await screen.findByText("ada@example.com")).closest("li");
  if (!row) throw new Error("A finding is a list item");
  expect(row).toHaveTextContent("roleat the siteadminin the listuser");
  expect(within(row).getByText("empty text")).toBeInTheDocument();
  expect(within(row).getByText("empty")).toBeInTheDocument();
  expect(screen.getByText(/in 2.5 s for olive@example.com/)).toBeInTheDocument();
  await userEvent.click(within(row).getByRole("button", { name: "Repair ada@example.com" }));
  await waitFor(() =>
    expect(calls.find(({ call }) => call.startsWith("POST"))?.body).toEqual({
      kind: "different",
      userIds: ["u1"],
    }),
  );
});

test("extra rows are removed only after a question, which says what the site does with them", async () => {
  const calls = serve({
    ...settings(),
    ...different,
    ...extra,
    [`POST ${base}/verifications/${id}/repair`]: () => problem(409, "Verify the site again first."),
  });
  renderInApp(<SiteVerifySection site={hrms} />);
  await userEvent.click(await screen.findByRole("radio", { name: "Extra 1" }));
  await userEvent.click(await screen.findByRole("button", { name: "Remove all" }));
  const question = await screen.findByRole("alertdialog", { name: "Remove 1 row at hrms?" });
  expect(question).toHaveTextContent("They are deleted from the site's user_profiles.");
  expect(calls.some(({ call }) => call.startsWith("POST"))).toBe(false);
  await userEvent.click(within(question).getByRole("button", { name: "Remove" }));
  expect(await within(question).findByText("Verify the site again first.")).toBeInTheDocument();
  expect(calls.find(({ call }) => call.startsWith("POST"))?.body).toEqual({ kind: "extra" });
});

test("how often to compare is saved as it is chosen", async () => {
  const calls = serve({
    ...settings(state({ last: { ...last, different: 0, missing: 0, extra: 0 } })),
    [`PUT ${base}/verify`]: () => Response.json(state({ everyMinutes: null })),
  });
  renderInApp(<SiteVerifySection site={hrms} />);
  expect(await screen.findByText("Every row is as in the list")).toBeInTheDocument();
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Compare" }), "Only when asked");
  await waitFor(() =>
    expect(calls.find(({ call }) => call.startsWith("PUT"))?.body).toEqual({
      everyMinutes: null,
      onDrift: "report",
    }),
  );
});

test("why a site could not be compared is said with what to do", async () => {
  const failed = { error: "The site rejects the saved key.", advice: "Save the key again.", different: 0 };
  serve(settings(state({ last: { ...last, ...failed, missing: 0, extra: 0 } })));
  renderInApp(<SiteVerifySection site={hrms} />);
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("The site rejects the saved key.");
  expect(alert).toHaveTextContent("Save the key again. Only a part was compared.");
  expect(screen.queryByText("Every row is as in the list")).not.toBeInTheDocument();
});

test("viewers see what was found and change nothing", async () => {
  serve({ ...settings(), ...different });
  renderInApp(<SiteVerifySection site={hrms} />, { session: viewer });
  await screen.findByText("ada@example.com");
  expect(screen.queryByRole("button", { name: /Verify|Repair/ })).not.toBeInTheDocument();
  expect(screen.getByRole("combobox", { name: "Compare" })).toBeDisabled();
});

test("a webhook site says why it cannot be compared", () => {
  serve({});
  renderInApp(<SiteVerifySection site={{ ...hrms, kind: "webhook" }} />);
  expect(screen.getByText("This site cannot be read")).toBeInTheDocument();
});
