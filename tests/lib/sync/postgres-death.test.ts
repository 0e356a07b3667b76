import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { full } from "@/tests/support/acceptance";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const rounds = full ? 10 : 2;

/** Runs tests/chaos/postgres-death.ts: PostgreSQL's death breaks connections in ways that end their process. */
async function killPostgres(): Promise<{ code: number | null; output: string }> {
  const program = ["--import", "tsx", "tests/chaos/postgres-death.ts", "--rounds", String(rounds)];
  const child = spawn(process.execPath, program, { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const output = await text(child.stdout);
  return { code: await ended, output };
}

describe("kill -9 of PostgreSQL while users are being written", () => {
  test("loses no acknowledged change, and users are delivered again within 15 s", {
    timeout: rounds * 60_000,
  }, async () => {
    const { code, output } = await killPostgres();
    process.stdout.write(output.replaceAll(/^/gm, "      ").trimEnd().concat("\n"));
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output.match(/changes acknowledged, none lost/g)).toHaveLength(rounds);
  });
});
