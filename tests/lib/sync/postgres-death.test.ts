import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Runs tests/chaos in a process of its own: PostgreSQL's death breaks connections in ways that end their process. */
async function runChaos(...options: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ["--import", "tsx", "tests/chaos/run.ts", ...options], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const output = await text(child.stdout);
  return { code: await ended, output };
}

describe("kill -9 of PostgreSQL while users are being written", () => {
  test("loses no acknowledged change, and everything is delivered afterwards", {
    timeout: 150_000,
  }, async () => {
    const { code, output } = await runChaos("--minutes", "0.1", "--steps", "15", "--often", "postgres");
    expect(output).toMatch(/[1-9]\d* × kill -9 of PostgreSQL/);
    expect({ code, output }).toMatchObject({ code: 0 });
  });
});
