import { expect, test, vi } from "vitest";
import { POST as setUp } from "@/app/api/setup/route";
import { env } from "@/lib/env";
import { printSetupLink } from "@/lib/setup-link";
import { call, nobody, withCentre } from "@/tests/app/api/call";

withCentre();

async function printed(settings = env()): Promise<string> {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await printSetupLink(settings);
  const text = write.mock.calls.map(([chunk]) => String(chunk)).join("");
  write.mockRestore();
  return text;
}

test("a server without an owner prints a link that makes one, and with an owner prints nothing", async () => {
  vi.stubEnv("PORT", "4711");
  const link = /http:\/\/127\.0\.0\.1:4711\/setup\?token=([\w-]{43})\n/;
  const [, token] = link.exec(await printed()) ?? [];
  const another = await printed({ ...env(), publicUrl: "https://roster.example.com" });
  expect(another).toMatch(/ https:\/\/roster\.example\.com\/setup\?token=[\w-]{43}\n/);
  expect(another).not.toContain(token);
  const body = { token, email: "ada@example.com", password: "analytical" };
  expect((await call(setUp, { as: nobody, method: "POST", body })).status).toBe(200);
  expect(await printed()).toBe("");
});
