import { expect, test } from "vitest";
import { gatherSettings } from "@/supabase/local/gather-settings";

test("settings are sent together, in their order, before the statement they are for", async () => {
  const sent: unknown[] = [];
  const send = gatherSettings(async (query, parameters) => sent.push([query, parameters]));
  await send("begin");
  await send("SELECT set_config('role', $1, true)", ["anon"]);
  await send("SELECT set_config('response.status', '', true)");
  await send("select 1", [2]);
  await send("commit");
  expect(sent).toEqual([
    ["begin", []],
    ["select set_config($1, $2, true), set_config($3, $4, true)", ["role", "anon", "response.status", ""]],
    ["select 1", [2]],
    ["commit", []],
  ]);
});

test("a statement that also does something else is sent as it is", async () => {
  const sent: unknown[] = [];
  const send = gatherSettings(async (query) => sent.push(query));
  const other = "SELECT set_config('role', $1, true), pg_sleep(1)";
  await send(other, ["anon"]);
  expect(sent).toEqual([other]);
});
