import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { UserSync } from "@/components/users/user-sync";
import { renderInApp, serve } from "./support";

afterEach(() => vi.unstubAllGlobals());

test("the users of a page are asked about in one call, and each shows its worst state", async () => {
  const calls = serve({
    "POST /api/sync/summary": () =>
      Response.json({
        items: [
          { userId: "u1", states: { synced: 98, failed: 2 } },
          { userId: "u2", states: { synced: 100 } },
        ],
      }),
  });
  const page = ["u1", "u2", "u3"];
  renderInApp(page.map((id) => <UserSync key={id} userId={id} page={page} />));
  expect(await screen.findByText("Failed at 2 sites")).toBeVisible();
  expect(screen.getByText("Synced to 100 sites")).toBeVisible();
  expect(screen.getByText("No site yet")).toBeVisible();
  expect(calls).toEqual([{ call: "POST /api/sync/summary", body: { userIds: page } }]);
});
