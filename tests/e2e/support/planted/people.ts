import type { Plants } from "@/tests/e2e/support/planted/plants";
import type { Found } from "@/tests/e2e/support/planted/search";
import type { RunningServer } from "@/tests/e2e/support/planted/server";

/** Whoever may use the installation, and with what. */
export interface People {
  /** The owner's cookies, as a browser sends them. */
  cookie: string;
  /** API keys with every scope; several, for each may test only so many connections a minute. */
  keys: readonly string[];
  /** The token of an invitation that nobody has accepted. */
  openInvitation: string;
  setupToken: string;
}

const KEYS = 11;
const SCOPES = ["users:read", "users:write", "sites:read", "sites:write", "sync:read", "sync:run"];
const OWNER = "owner@example.com";

/** Where a refresh token may be found: Supabase Auth keeps them as they are, which is why cookies are signed. */
export const REFRESH_TOKEN = "a refresh token";

/** The first owner sets the installation up, invites people and makes keys, through the API as the pages do. */
export async function bringPeople(server: RunningServer, plants: Plants, texts: Found[]): Promise<People> {
  const post = (path: string, body: object, cookie = "") => send(server.url, plants, path, body, cookie);
  const setupToken = plants.add("the setup token", (await setupLink(server)).slice(-43));
  const password = plants.password("the owner's password");
  const { cookie } = await post("/api/setup", { token: setupToken, email: OWNER, password });
  await post("/api/session", { email: OWNER, password });
  const wrong = await post("/api/session", { email: OWNER, password: plants.password("a wrong password") });
  texts.push({ what: "the answer to a wrong password", text: wrong.text });

  const keys: string[] = [];
  for (let n = 0; n < KEYS; n++) {
    const made = await post("/api/keys", { name: `key ${n}`, scopes: SCOPES }, cookie);
    const { key } = JSON.parse(made.text) as { key: string };
    keys.push(plants.add(`API key ${n}`, key, key.replace(/^roster_/, "")));
  }
  const invite = async (name: string) => {
    const made = await post("/api/invitations", { email: `${name}@example.com`, role: "viewer" }, cookie);
    const { link } = JSON.parse(made.text) as { link: string };
    return plants.add(`the invitation of ${name}`, link.slice(-43));
  };
  const [accepted, openInvitation] = [await invite("ada"), await invite("grace")];
  await post("/api/invitations/accept", {
    token: accepted,
    email: "ada@example.com",
    password: plants.password("a member's password"),
  });
  for (const token of [accepted, setupToken]) {
    const again = await post("/api/setup", {
      token,
      email: "eve@example.com",
      password: plants.password("eve"),
    });
    texts.push({ what: "the answer to a used token", text: again.text });
  }
  return { cookie, keys, openInvitation, setupToken };
}

/** The link that a server without an owner prints. */
async function setupLink(server: RunningServer): Promise<string> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
    const [link] = /http\S+\/setup\?token=[\w-]{43}/.exec(server.log()) ?? [];
    if (link) return link;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`No setup link:\n${server.log()}`);
}

/** Posts as Roster's own pages do. What it answers may show a secret, this once, and is not searched. */
async function send(origin: string, plants: Plants, path: string, body: object, cookie: string) {
  const headers = { "content-type": "application/json", origin, "sec-fetch-site": "same-origin" };
  const response = await fetch(origin + path, {
    method: "POST",
    headers: { ...headers, ...(cookie && { cookie }) },
    body: JSON.stringify(body),
  });
  const all = response.headers.getSetCookie().map((one) => one.split(";")[0] ?? "");
  const set = all.filter((one) => /^roster(\.\d+)?=./.test(one)); // not what signing up leaves behind
  if (set.length > 0) plantTokens(plants, path, set);
  return { text: await response.text(), cookie: set.join("; ") };
}

/** What a session is made of. */
function plantTokens(plants: Plants, path: string, cookies: string[]): void {
  const n = plants.all.length;
  const values = cookies.map((cookie) => cookie.slice(cookie.indexOf("=") + 1).split("."));
  const text = values.map(([value]) => value).join("");
  const stored = JSON.parse(Buffer.from(text.replace(/^base64-/, ""), "base64url").toString());
  plants.add(`an access token of ${path}, ${n}`, stored.access_token, stored.access_token.split(".")[2]);
  plants.add(`${REFRESH_TOKEN} of ${path}, ${n}`, stored.refresh_token, stored.refresh_token.slice(-20));
  for (const [, signature = ""] of values) plants.add(`a cookie's signature of ${path}, ${n}`, signature);
}
