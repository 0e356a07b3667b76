import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeEach, describe, expect, test } from "vitest";
import type { CredentialsInput } from "@/lib/sites/credentials-schema";
import { deadUrl } from "@/tests/app/api/call";
import { look } from "@/tests/lib/sites/look";

describe("an answer that the embedded stack does not give", () => {
  let server: Server | undefined;

  async function serve(listener: RequestListener): Promise<CredentialsInput> {
    server = createServer(listener);
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return { supabaseUrl: `http://127.0.0.1:${port}`, supabaseKey: "sb_secret_test_test_test" };
  }

  beforeEach(() => () => {
    server?.close();
    server?.closeAllConnections();
    server = undefined;
  });

  test("is understood: id is not the primary key", async () => {
    const error = {
      code: "42P10",
      message: "there is no unique or exclusion constraint",
      details: null,
      hint: null,
    };
    const credentials = await serve((request, response) => {
      // Answered before it is read, a request may end with its connection.
      request.resume().once("end", () => {
        response.writeHead(request.method === "POST" ? 400 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify(request.method === "POST" ? error : []));
      });
    });
    expect(await look(credentials)).toMatchObject({
      ok: false,
      table: { ok: true },
      write: { fix: expect.stringContaining("add primary key (id)") },
    });
  });

  test.each([
    ["a web page", 200, { "content-type": "text/html" }, "<html>", "not a Supabase API"],
    ["a web page behind a password", 401, { "content-type": "text/html" }, "<html>", "not a Supabase API"],
    ["another JSON API", 200, { "content-type": "application/json" }, '{"hello":1}', "not a Supabase API"],
    ["a JSON API's 404", 404, { "content-type": "application/json" }, '{"error":"x"}', "not a Supabase API"],
    ["a redirect", 301, { location: "http://127.0.0.1:1/" }, "", "leads on to another address"],
    ["a gateway's error", 502, { "content-type": "text/html" }, "<html>", "HTTP 502"],
    ["a paused project", 540, { "content-type": "text/html" }, "<html>", "paused"],
  ])("is understood: %s", async (_name, status, headers, body, words) => {
    const credentials = await serve((_request, response) => response.writeHead(status, headers).end(body));
    const result = await look(credentials);
    expect(result).toMatchObject({ ok: false, key: { ok: null } });
    expect(result.url).toMatchObject({
      ok: false,
      message: expect.stringContaining(words),
      fix: expect.any(String),
    });
    expect(result.text).not.toContain("sb_secret_test");
  });

  test("is understood: nothing listens there", async () => {
    const result = await look({ supabaseUrl: await deadUrl(), supabaseKey: "sb_secret_test_test_test" });
    expect(result.url).toMatchObject({ ok: false, message: expect.stringContaining("refused") });
  });

  test("is understood: a name that is not known", async () => {
    const result = await look({
      supabaseUrl: "http://roster.invalid",
      supabaseKey: "sb_secret_test_test_test",
    });
    expect(result.url).toMatchObject({
      ok: false,
      message: expect.stringContaining("does not answer: its name"),
    });
  });

  test("is understood: no TLS behind https", async () => {
    const { supabaseUrl, supabaseKey } = await serve((_request, response) => response.end());
    const result = await look({ supabaseUrl: supabaseUrl.replace("http:", "https:"), supabaseKey });
    expect(result.url).toMatchObject({ ok: false, message: expect.stringContaining("No secure connection") });
  });

  test("is asked for without the key when that is certainly not its own", async () => {
    const sent: unknown[] = [];
    const credentials = await serve((request, response) => {
      sent.push(request.headers.apikey);
      response.writeHead(401, { "content-type": "application/json" }).end('{"message":"No"}');
    });
    const expired = `e30.${Buffer.from('{"role":"anon","exp":1}').toString("base64url")}.x`;
    const result = await look({ ...credentials, supabaseKey: expired });
    expect(result).toMatchObject({
      url: { ok: true },
      key: { ok: false, message: "This key expired on 1970-01-01." },
    });
    expect(sent).toEqual(["sb_publishable_roster_connection_test"]);
  });
});
