import { resolve } from "node:path";
import { expect, test } from "vitest";
import { readOptions } from "@/supabase/local/demo/options";

test("without arguments there are defaults", () => {
  expect(readOptions([], {})).toEqual({ dataDir: resolve(".roster"), port: 3000, empty: false });
});

test("the environment chooses port and directory, the option an empty start", () => {
  const env = { PORT: "0", ROSTER_DATA: "/var/tmp/roster" };
  expect(readOptions(["--empty"], env)).toEqual({ dataDir: "/var/tmp/roster", port: 0, empty: true });
});

test.each(["http", "-1", "65536", "3000.5"])("PORT=%s is refused", (PORT) => {
  expect(() => readOptions([], { PORT })).toThrow(`PORT is ${PORT}, which is no port.`);
});

test("an unknown option is refused", () => {
  expect(() => readOptions(["--emty"], {})).toThrow("Unknown option --emty.");
});
