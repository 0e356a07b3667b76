import type { CallOptions, Installation } from "@/tests/e2e/support/planted/installation";

type Mistake = [what: string, method: string, path: string, options?: CallOptions];

/** Secrets where they do not belong, each a new one. Not one of these calls may repeat what it was given. */
export async function makeMistakes({ plants, call, centre }: Installation): Promise<void> {
  const rows =
    await centre.sql`select kind, min(id::text) as id from connected_sites group by kind order by kind`;
  const [supabase, webhook] = rows.map(({ id }) => `/api/sites/${id}`);
  const secret = (what: string) => plants.secretKey(`a mistake: ${what}`);
  const password = (what: string) => plants.password(`a mistake: ${what}`);
  const url = "https://a.example";
  const supabaseUrl = "https://abcd.supabase.co";
  const database = (what: string) => `postgresql://postgres:${password(what)}@db.example.com:5432/postgres`;

  const mistakes: ((text: (what: string) => string) => Mistake)[] = [
    (text) => [
      "an unknown field",
      "POST",
      "/api/sites",
      { body: { name: "x", url, key: text("unknown field") } },
    ],
    (text) => [
      "a field's name",
      "POST",
      "/api/sites",
      { body: { name: "x", url, [text("field's name")]: 1 } },
    ],
    (text) => ["a site's id", "PATCH", `/api/sites/${text("site's id")}`, { body: { name: "x" } }],
    (text) => [
      "the URL",
      "PUT",
      `${supabase}/credentials`,
      { body: { supabaseUrl: text("URL"), supabaseKey: "k" } },
    ],
    (text) => [
      "the URL's query",
      "PUT",
      `${supabase}/credentials`,
      { body: { supabaseUrl: `${supabaseUrl}?apikey=${text("URL's query")}`, supabaseKey: "k" } },
    ],
    (text) => [
      "the URL's user",
      "PUT",
      `${supabase}/credentials`,
      { body: { supabaseUrl: `https://x:${text("URL's user")}@a.example`, supabaseKey: "k" } },
    ],
    (text) => [
      "spaces",
      "PUT",
      `${supabase}/credentials`,
      { body: { supabaseUrl, supabaseKey: `k ${text("spaces")}` } },
    ],
    (text) => [
      "a signing secret",
      "PUT",
      `${webhook}/credentials`,
      { body: { signingSecret: text("signing secret") } },
    ],
    (text) => ["the other kind", "POST", `${webhook}/test`, { body: { supabaseKey: text("other kind") } }],
    (text) => [
      "JSON that does not end",
      "POST",
      "/api/users",
      { body: `{"email": "${text("malformed JSON")}` },
    ],
    (text) => ["no JSON", "POST", "/api/users", { body: text("no JSON") }],
    (text) => [
      "another type",
      "POST",
      "/api/users",
      { body: `key=${text("form")}`, headers: { "content-type": "application/x-www-form-urlencoded" } },
    ],
    (text) => ["an e-mail", "POST", "/api/users", { body: { email: text("e-mail") } }],
    (text) => ["a number", "POST", "/api/sync/user", { body: { userId: "x", wait: text("number") } }],
    (text) => ["a list", "POST", "/api/sync/all-users", { body: { siteIds: [text("list")] } }],
    (text) => [
      "a large body",
      "POST",
      "/api/users",
      { body: { email: text("large body") + "x".repeat(1e6) } },
    ],
    (text) => ["the query", "GET", `/api/users?apikey=${text("query")}`],
    (text) => [
      "the query twice",
      "GET",
      `/api/users?${text("query, twice")}`.replace(/\?(.*)/, "?$1=1&$1=2"),
    ],
    (text) => ["a limit", "GET", `/api/users?limit=${text("limit")}`],
    (text) => ["a cursor", "GET", `/api/users?cursor=${text("cursor")}`],
    (text) => ["a search", "GET", `/api/users?search=${text("search")}`],
    (text) => ["a status", "GET", `/api/sync/status?status=${text("status")}`],
    (text) => ["a time", "GET", `/api/sync/log?from=${text("time")}`],
    (text) => ["a user's id", "GET", `/api/sync/user?userId=${text("user's id")}`],
    (text) => ["the path", "GET", `/api/users/${text("path")}`],
    (text) => ["another path", "GET", `/api/${text("another path")}`],
    (text) => ["a header", "GET", "/api/sites", { headers: { authorization: `Bearer ${text("header")}` } }],
    (text) => [
      "a cookie",
      "GET",
      "/api/sites",
      { headers: { authorization: "", cookie: `roster=${text("cookie")}` } },
    ],
    (text) => [
      "a wrong secret",
      "POST",
      "/api/sync/drain",
      { headers: { authorization: `Bearer ${text("drain")}` } },
    ],
    (text) => ["a method", "PUT", `/api/users?x=${text("method")}`, { body: { x: text("method") } }],
  ];
  for (const mistake of mistakes) {
    for (const text of [secret, password]) {
      const [, method, path, options] = mistake(text);
      await call(method, path, options);
    }
  }
  const asKey = { supabaseUrl, supabaseKey: database("a database as key") };
  for (const body of [{ supabaseUrl: database("a database as URL"), supabaseKey: "k" }, asKey]) {
    await call("PUT", `${supabase}/credentials`, { body });
    await call("POST", `${supabase}/test`, { body });
  }
}
