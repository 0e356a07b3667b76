import { expect, test } from "vitest";
import { guessMapping, mapColumn } from "@/components/users/import/columns";
import { csvLine } from "@/components/users/import/csv";
import { prepareRows } from "@/components/users/import/prepare";
import { readTable } from "@/components/users/import/read-file";
import { refusedFile } from "@/components/users/import/refused-button";
import { mappingProblem, recordOf } from "@/lib/users/import-columns";

async function read(text: string | Uint8Array<ArrayBuffer>) {
  const shares: number[] = [];
  const table = await readTable(new File([text], "people.csv"), (share) => shares.push(share));
  return { ...table, shares };
}

test.for([
  ["E-Mail,Full Name,Dept.,Salary", ["email", "full_name", "department", null]],
  ["id;Mail Address;Given name;Surname;DEPARTMENT", ["id", "email", "first_name", "last_name", "department"]],
  ["email,mail,Team,Group", ["email", null, "team", null]],
] as const)("the columns of %s are guessed", ([head, mapping]) => {
  expect(guessMapping(head.split(/[,;]/))).toEqual(mapping);
});

test("a field is filled by one column: choosing it elsewhere takes it away from the first", () => {
  expect(mapColumn(["email", null, "team"], 1, "team")).toEqual(["email", "team", null]);
  expect(mapColumn(["email", "team"], 1, null)).toEqual(["email", null]);
});

test("without e-mail addresses, or with two kinds of names, nothing can be imported", () => {
  expect(mappingProblem(["full_name", null])).toContain("e-mail");
  expect(mappingProblem(["email", "full_name", "last_name"])).toContain("full names or");
  expect(mappingProblem(["email", "first_name", "last_name"])).toBeNull();
});

test("first and last names become one, and cells that a line lacks stay as they are in the list", () => {
  const mapping = ["email", "first_name", "last_name", "team"] as const;
  expect(recordOf(["a@example.com", "Ada", "Lovelace"], mapping)).toEqual({
    email: "a@example.com",
    full_name: "Ada Lovelace",
  });
  expect(recordOf(["a@example.com", "", "Lovelace", ""], mapping)).toMatchObject({
    full_name: "Lovelace",
    team: "",
  });
});

test.for([",", ";", "\t"])(
  "a file with its cells separated by %j is read, quotes and lines within cells too",
  async (mark) => {
    const text =
      ["\uFEFFemail", "name"].join(mark) +
      `\r\na@x.org${mark}"Ada ${mark} ""A"""\r\n\r\nb@x.org${mark}"two\nlines"\r\n`;
    const { headers, rows } = await read(text);
    expect(headers).toEqual(["email", "name"]);
    expect(rows.map(({ cells }) => cells)).toEqual([
      ["a@x.org", `Ada ${mark} "A"`],
      ["b@x.org", "two\nlines"],
    ]);
  },
);

test("a hundred thousand lines are read in many small pieces", async () => {
  const lines = Array.from(
    { length: 100_000 },
    (_, n) => `person${n}@example.com,Zoë Person ${n},Team ${n % 9}`,
  );
  const { rows, shares } = await read(["email,name,team", ...lines].join("\n"));
  expect(rows).toHaveLength(100_000);
  expect(rows.at(-1)).toEqual({
    line: 100_001,
    cells: ["person99999@example.com", "Zoë Person 99999", "Team 0"],
  });
  expect(shares.length).toBeGreaterThan(20);
});

test.for([
  ["", "This file is empty."],
  ["email,name\n", "a line of column names only"],
  ['email\n"a@example.com', "This is not CSV that Roster can read."],
  [new Uint8Array([0x65, 0x0a, 0xe9, 0x0a]), "not text in UTF-8"],
  ["e\0m\0", "not text in UTF-8"],
] as const)("%j is refused with a reason", async ([text, reason]) => {
  await expect(read(text)).rejects.toThrow(reason);
});

test("lines are checked before anything is sent, and those that name the same user are found", async () => {
  const table = await read(
    "email,role\nada@example.com,user\nnonsense,user\nADA@example.com,admin\nnew@example.com,\n",
  );
  const prepared = await prepareRows(table, ["email", "role"]);
  expect(prepared.fields).toEqual(["email", "role"]);
  expect(prepared.rows.map(({ line }) => line)).toEqual([2, 5]);
  expect(prepared.refused).toEqual([
    { line: 3, message: expect.stringContaining("such as ada@example.com") },
    { line: 4, message: "Line 2 has the same e-mail address." },
  ]);
});

test("the file of refused lines has its own columns, the line and the reason, and no formula", async () => {
  const table = await read('email,name\nnonsense,"=1+1"\nada@example.com,Ada\n');
  expect(refusedFile(table, [{ line: 2, message: 'Not an "address".' }])).toBe(
    'email,name,Line,Reason\r\nnonsense,\'=1+1,2,"Not an ""address""."\r\n',
  );
});

test("cells are quoted where they must be", () => {
  expect(csvLine(["plain", "a,b", 'say "hi"', " spaced ", "two\nlines", ""])).toBe(
    'plain,"a,b","say ""hi"""," spaced ","two\nlines",',
  );
});
