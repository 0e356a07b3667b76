import { afterEach, expect, test, vi } from "vitest";
import { POST as importUsers } from "@/app/api/users/import/route";
import { POST as addLines } from "@/app/api/users/imports/[id]/lines/route";
import { DELETE as discard } from "@/app/api/users/imports/[id]/route";
import { POST as start } from "@/app/api/users/imports/[id]/start/route";
import { POST as create } from "@/app/api/users/imports/route";
import { type Preview, previewRows } from "@/components/users/import/preview";
import type { Handler } from "@/lib/http/route";
import { type ImportFile, uploadImport } from "@/lib/users/import-upload";
import { call } from "@/tests/app/api/call";
import { withIdleCentre } from "@/tests/app/api/idle-centre";

const { centre, addUsers } = withIdleCentre();
const realFetch = globalThis.fetch;

afterEach(() => vi.unstubAllGlobals());

const HANDLERS: [RegExp, Handler][] = [
  [/^POST \/api\/users\/import\?/, importUsers],
  [/^POST \/api\/users\/imports$/, create],
  [/^POST \/api\/users\/imports\/(?<id>[^/]+)\/lines$/, addLines],
  [/^POST \/api\/users\/imports\/(?<id>[^/]+)\/start$/, start],
  [/^DELETE \/api\/users\/imports\/(?<id>[^/]+)$/, discard],
];

/** The browser's calls go to the handlers themselves; `lose` says which answers it never gets. */
function connect(lose: (call: string) => boolean = () => false): void {
  vi.stubGlobal("fetch", async (path: string, init: RequestInit & { method: string }) => {
    const asked = `${init.method} ${path}`;
    const [pattern, handler] = HANDLERS.find(([one]) => one.test(asked)) ?? [];
    if (!pattern || !handler) return await realFetch(path, init);
    const params = { ...pattern.exec(asked)?.groups };
    const headers = init.headers as Record<string, string>;
    const answer = await call(handler, { method: init.method, path, params, body: init.body, headers });
    if (lose(asked)) throw new TypeError("The connection was lost");
    return answer;
  });
}

const fileOf = (count: number): ImportFile => ({
  name: "people.csv",
  headers: ["Mail"],
  mapping: ["email"],
  rows: Array.from({ length: count }, (_, n) => ({ line: n + 2, cells: [`p${n}@example.com`] })),
});

const jobs = async () => await centre().sql`select state, stored, refused from user_jobs`;

test("what the API says of a part's lines is said of the file's, whatever is in their cells", async () => {
  await addUsers(1);
  await centre().sql`update user_profiles set clerk_user_id = 'clerk-1' where id = 'u1'`;
  connect();
  const prepared = {
    fields: ["clerk_user_id" as const, "email" as const, "team" as const],
    refused: [{ line: 4, message: "Refused before." }],
    rows: [
      { line: 10, record: { email: "a@example.com", team: "two\nlines\n\nand more" } },
      { line: 20, record: { email: "u1@example.com", team: "T" } },
      { line: 30, record: { clerk_user_id: "clerk-1", email: "other@example.com" } },
    ],
  };
  let preview: Preview | undefined;
  for await (preview of previewRows(prepared, new AbortController().signal));
  expect(Object.fromEntries(preview?.outcomes ?? [])).toEqual({
    4: "rejected",
    10: "created",
    20: "updated",
    30: "rejected",
  });
  expect(preview?.refused).toEqual([
    { line: 4, message: "Refused before." },
    { line: 30, message: "Line 20 has the same user." },
  ]);
  expect(await centre().sql`select from user_profiles`).toHaveLength(1);
});

test("a file is sent in pages, and a page whose answer was lost is sent again and counts once", async () => {
  let lost = 0;
  connect((asked) => asked.endsWith("/lines") && ++lost === 1);
  const sent: number[] = [];
  const job = await uploadImport(fileOf(1_200), new AbortController().signal, (lines) => sent.push(lines));
  expect(sent).toEqual([1_000, 1_200]);
  expect(job).toMatchObject({
    kind: "import",
    file: "people.csv",
    state: "running",
    total: 1_200,
    refused: 0,
  });
  expect(await jobs()).toEqual([{ state: "running", stored: 1_200, refused: 0 }]);
});

test("an upload that is stopped or fails is given up", async () => {
  connect();
  const stopping = new AbortController();
  const stopped = uploadImport(fileOf(1_200), stopping.signal, () => stopping.abort());
  expect(await stopped).toBeNull();
  const { rows, ...file } = fileOf(2);
  const broken = { ...file, rows: [...rows, { line: 2, cells: ["again@example.com"] }] };
  await expect(uploadImport(broken, new AbortController().signal, () => undefined)).rejects.toThrow(/order/);
  expect((await jobs()).map(({ state }) => state)).toEqual(["discarded", "discarded"]);
});
