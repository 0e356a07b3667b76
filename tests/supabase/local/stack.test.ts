import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { withConnection } from "@/supabase/local/database";
import { commandOf } from "@/supabase/local/processes";
import { type Project, type Stack, startStack } from "@/supabase/local/stack";

vi.setConfig({ testTimeout: 60_000 });

let directory: string;
const running = new Set<Stack>();

// As root, PostgreSQL runs as a user that may not enter what mkdtemp makes: that must work too.
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "roster-stack-"));
});
afterAll(async () => {
  for (const stack of running) await stack.stop();
  await rm(directory, { recursive: true, force: true });
});

async function start(name: string, sites: string[] = ["hrms"]): Promise<Stack> {
  const stack = await startStack({ dataDir: join(directory, name), sites });
  running.add(stack);
  return stack;
}

async function stop(stack: Stack): Promise<void> {
  running.delete(stack);
  await stack.stop();
}

const users = (project: Project) =>
  createClient(project.url, project.secretKey, { auth: { persistSession: false } }).from("user_profiles");

async function postmaster(name: string): Promise<string[]> {
  const text = await readFile(join(directory, name, "postgres/data/postmaster.pid"), "utf8").catch(() => "");
  return text.split("\n").map((line) => line.trim());
}

const postmasterOf = async (name: string) => Number((await postmaster(name))[0]);

async function isAccepting(name: string, insteadOf: number): Promise<boolean> {
  const lines = await postmaster(name);
  return lines[7] === "ready" && Number(lines[0]) !== insteadOf;
}

test("a restart on the same data keeps rows, keys and addresses", async () => {
  const first = await start("restart");
  const { error } = await users(first.central).insert({ clerk_user_id: "a", email: "a@example.com" });
  expect(error).toBeNull();
  await stop(first);

  const second = await start("restart");
  expect([second.central, ...second.sites]).toEqual([first.central, ...first.sites]);
  expect((await users(second.central).select("email")).data).toEqual([{ email: "a@example.com" }]);
  await stop(second);
});

test("two stacks run at once and know nothing of each other", async () => {
  const [one, other] = await Promise.all([start("one", []), start("other", [])]);
  await users(one.central).insert({ clerk_user_id: "a", email: "a@example.com" });
  expect((await users(other.central).select("email")).data).toEqual([]);
  const foreign = createClient(other.central.url, one.central.secretKey).from("user_profiles").select();
  expect((await foreign).status).toBe(401);
  await Promise.all([stop(one), stop(other)]);
});

test("a data directory has one stack at a time", async () => {
  const stack = await start("busy", []);
  await expect(start("busy", [])).rejects.toThrow(/in use by process \d+/);
  await stop(stack);
});

test("keys are for the owner's eyes only", async () => {
  const { mode } = await stat(join(directory, "restart/stack.json"));
  expect(mode & 0o777).toBe(0o600);
});

test("an address that somebody else has taken is replaced", async () => {
  const before = await start("moved", []);
  await stop(before);
  const squatter = createServer().listen(Number(new URL(before.central.url).port), "127.0.0.1");
  await once(squatter, "listening");

  const after = await start("moved", []);
  expect(after.central.url).not.toBe(before.central.url);
  expect((await users(after.central).select("email")).error).toBeNull();
  await stop(after);
  squatter.close();
});

test("PostgreSQL comes back when it is killed, with what was committed", async () => {
  const stack = await start("postgres-killed", []);
  await users(stack.central).insert({ clerk_user_id: "a", email: "a@example.com" });
  const killed = await postmasterOf("postgres-killed");
  process.kill(killed, "SIGKILL");
  await expect
    .poll(() => isAccepting("postgres-killed", killed), { timeout: 20_000, interval: 100 })
    .toBe(true);
  // The connections that were cut off are noticed one by one.
  await expect
    .poll(async () => (await users(stack.central).select("email")).data, { timeout: 10_000 })
    .toEqual([{ email: "a@example.com" }]);
  await stop(stack);
});

test("a killed process leaves no PostgreSQL, and its data starts again", async () => {
  const child = await startInChild("killed");
  const pid = await postmasterOf("killed");
  expect(await commandOf(pid)).toContain("postgres");
  child.kill("SIGKILL");
  await expect.poll(() => commandOf(pid), { timeout: 10_000 }).toBe("");

  const stack = await start("killed", []);
  const rows = await withConnection(stack.central.databaseUrl, (sql) => sql`select 1 as one`);
  expect(rows).toEqual([{ one: 1 }]);
  await stop(stack);
});

/** Starts a stack in a process of its own, and resolves when it is up. */
async function startInChild(name: string): Promise<ChildProcess> {
  const script = `
    const { startStack } = await import("@/supabase/local/stack.ts");
    await startStack({ dataDir: ${JSON.stringify(join(directory, name))}, sites: [] });
    console.log("up");
  `;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}
