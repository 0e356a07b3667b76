import { afterEach, expect, test, vi } from "vitest";
import { POST as importUsers } from "@/app/api/users/import/route";
import type { Prepared } from "@/components/users/import/prepare";
import { type SendReport, sendRows } from "@/components/users/import/send";
import { call } from "@/tests/app/api/call";
import { withIdleCentre } from "@/tests/app/api/idle-centre";

const { centre, addUsers } = withIdleCentre();

afterEach(() => vi.unstubAllGlobals());

/** The browser's calls go to the handler itself. */
function connect() {
  vi.stubGlobal("fetch", (path: string, init: RequestInit) =>
    path.startsWith("/api/")
      ? call(importUsers, { method: "POST", path, body: init.body, headers: { "content-type": "text/csv" } })
      : realFetch(path, init),
  );
}
const realFetch = globalThis.fetch;

async function send(prepared: Prepared): Promise<SendReport | undefined> {
  connect();
  let last: SendReport | undefined;
  for await (last of sendRows(prepared, false, new AbortController().signal));
  return last;
}

test("what the API says of a part's lines is said of the file's, whatever is in their cells", async () => {
  await addUsers(1);
  await centre().sql`update user_profiles set clerk_user_id = 'clerk-1' where id = 'u1'`;
  const report = await send({
    fields: ["clerk_user_id", "email", "team"],
    refused: [{ line: 4, message: "Refused before." }],
    rows: [
      { line: 10, record: { email: "a@example.com", team: "two\nlines\n\nand more" } },
      { line: 20, record: { email: "u1@example.com", team: "T" } },
      { line: 30, record: { clerk_user_id: "clerk-1", email: "other@example.com" } },
    ],
  });
  expect(Object.fromEntries(report?.outcomes ?? [])).toEqual({
    4: "rejected",
    10: "created",
    20: "updated",
    30: "rejected",
  });
  expect(report?.refused).toEqual([
    { line: 4, message: "Refused before." },
    { line: 30, message: "Line 20 has the same user." },
  ]);
  const [made] = await centre().sql`select team from user_profiles where email = 'a@example.com'`;
  expect(made?.team).toBe("two\nlines\n\nand more");
});

test("a file of several parts is imported whole, and told with one report", async () => {
  const rows = Array.from({ length: 4_100 }, (_, n) => ({
    line: n + 2,
    record: { email: `p${n}@example.com` },
  }));
  const report = await send({ fields: ["email"], refused: [], rows });
  expect(report).toMatchObject({ sent: 4_100, counts: { created: 4_100, rejected: 0 } });
  expect(report?.outcomes.get(4_101)).toBe("created");
});
