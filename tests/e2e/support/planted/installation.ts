import { freePort } from "@/supabase/local/ports";
import { type EchoSites, startEchoSites } from "@/tests/e2e/support/planted/echo-sites";
import { bringPeople, type People } from "@/tests/e2e/support/planted/people";
import { Plants } from "@/tests/e2e/support/planted/plants";
import type { Found } from "@/tests/e2e/support/planted/search";
import { type RunningServer, startServer } from "@/tests/e2e/support/planted/server";
import { startTestCluster } from "@/tests/support/cluster";
import { cloneProject, type TestProject } from "@/tests/support/project";
import { centreTemplate, emptyTemplate, siteTemplate } from "@/tests/support/templates";

export interface CallOptions {
  body?: unknown;
  /** Besides an API key, unless they say otherwise. */
  headers?: Record<string, string>;
}

/** The product as it is deployed, with secrets that are looked for later, and what it has answered so far. */
export interface Installation {
  plants: Plants;
  centre: TestProject;
  /** Sites on real databases: one that works, one without the table, one that refuses a user. */
  projects: Record<"healthy" | "tableless" | "strict", TestProject>;
  echo: EchoSites;
  server: RunningServer;
  /** The server's environment. */
  env: Record<string, string>;
  drainSecret: string;
  people: People;
  /** A URL at which nothing listens. */
  deadUrl: string;
  /** Everything that came out: answers, pages, logs. */
  texts: Found[];
  /** Calls the API and keeps the answer; the JSON of it. */
  call<T = unknown>(method: string, path: string, options?: CallOptions): Promise<T>;
  close(): Promise<void>;
}

export async function install(): Promise<Installation> {
  const plants = new Plants();
  const cluster = await startTestCluster({ durable: false });
  const [centre, healthy, tableless, strict, echo] = await Promise.all([
    cloneProject(cluster.adminUrl, "central", centreTemplate),
    cloneProject(cluster.adminUrl, "healthy", siteTemplate),
    cloneProject(cluster.adminUrl, "tableless", emptyTemplate),
    cloneProject(cluster.adminUrl, "strict", siteTemplate),
    startEchoSites(),
  ]);
  await strict.sql`alter table user_profiles add constraint no_moon check (team <> 'Moon')`;
  for (const { name, secretKey } of [centre, healthy, tableless, strict]) {
    plants.add(`the key of ${name}`, secretKey, secretKey.replace(/^sb_secret_/, ""));
  }
  const drainSecret =
    plants.password("ROSTER_DRAIN_SECRET") + plants.password("ROSTER_DRAIN_SECRET, second half");
  const keys = ["new", "old"].map((kid) => `${kid}:${plants.sealingKey(`ROSTER_SECRET_KEYS, ${kid}`)}`);
  const env = {
    SUPABASE_URL: centre.url,
    SUPABASE_SECRET_KEY: centre.secretKey,
    ROSTER_SECRET_KEYS: keys.join(","),
    ROSTER_DRAIN_SECRET: drainSecret,
    SMTP_URL: `smtp://roster:${plants.password("SMTP_URL")}@127.0.0.1:1`, // where nobody takes mail
    SMTP_FROM: "Roster <roster@example.com>",
    ROSTER_ALLOW_PRIVATE_SITES: "127.0.0.0/8",
  };
  const server = await startServer(env);
  const texts: Found[] = [];
  const people = await bringPeople(server, plants, texts);
  let calls = 0;
  const key = () => `Bearer ${people.keys[calls++ % people.keys.length]}`;
  const parts = [healthy, tableless, strict, echo, centre];
  return {
    plants,
    centre,
    projects: { healthy, tableless, strict },
    echo,
    server,
    env,
    drainSecret,
    people,
    deadUrl: `http://127.0.0.1:${await freePort()}`,
    texts,
    call: (method, path, { headers, ...options } = {}) =>
      call(server.url, texts, { method, path, headers: { authorization: key(), ...headers }, ...options }),
    close: async () => {
      await server.stop();
      await Promise.all(parts.map((part) => part.close()));
      await cluster.stop();
    },
  };
}

/** Calls a server's API, keeps what it answers, headers and all, and reads the JSON. */
export async function call<T>(
  url: string,
  texts: Found[],
  { method, path, body, headers }: CallOptions & { method: string; path: string },
): Promise<T> {
  const response = await fetch(url + path, {
    method,
    redirect: "manual",
    headers: { "content-type": "application/json", ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const all = JSON.stringify([...response.headers]) + text;
  texts.push({ what: `the answer ${response.status} to ${method} ${path.slice(0, 40)}`, text: all });
  try {
    return JSON.parse(text) as T;
  } catch {
    return text as T;
  }
}
