import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

// Measures the lists and the matrix of a running demo, as a browser's calls would: through HTTP, one after the other.
//   node --import tsx tests/bench/users.ts --demo .roster/demo.json [--times 40]
// With --searches every kind of search in every order within every filter instead, each from the first page, the second and
// the middle of the list: some 2,000 calls for each of --times.

const { values } = parseArgs({
  options: {
    demo: { type: "string", default: ".roster/demo.json" },
    times: { type: "string", default: "40" },
    searches: { type: "boolean", default: false },
  },
});
const facts = JSON.parse(readFileSync(values.demo, "utf8")) as { dashboardUrl: string; apiKey: string };

interface UserPage {
  items: { id: string; email: string; full_name: string | null }[];
  nextCursor: string | null;
}

async function call(path: string, body?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${facts.apiKey}`, "content-type": "application/json" };
  const init = body === undefined ? { headers } : { headers, method: "POST", body: JSON.stringify(body) };
  const response = await fetch(facts.dashboardUrl + path, init);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return await response.json();
}

const list = (query: string) => call(`/api/users?limit=50&${query}`) as Promise<UserPage>;

/** Says how long calls took, in milliseconds. */
function report(what: string, times: number[], note = ""): void {
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.ceil(times.length * share) - 1] ?? 0).toFixed(0).padStart(5);
  console.log(`${what.padEnd(44)} p50 ${at(0.5)} ms   p95 ${at(0.95)} ms   most ${at(1)} ms   ${note}`);
}

async function measure(what: string, once: (n: number) => Promise<unknown>): Promise<void> {
  const failed = await once(0).then(
    () => null,
    (error: unknown) => String(error),
  );
  if (failed) {
    console.log(`${what.padEnd(44)} ${failed}`);
    return;
  }
  const times: number[] = [];
  for (let n = 1; n <= Number(values.times); n++) {
    const began = performance.now();
    await once(n);
    times.push(performance.now() - began);
  }
  report(what, times);
}

const SORTS = [
  "-created_at",
  "created_at",
  "updated_at",
  "-updated_at",
  "full_name",
  "-full_name",
  "email",
  "-email",
];
const NAMES = [
  "ada",
  "hopper",
  "ken th",
  "schröder",
  "zoë",
  "lovelace",
  "o'neill",
  "perlman",
  "margaret",
  "émile",
];
const pick = (options: readonly string[], n: number) => options[n % options.length] ?? "";
const text = encodeURIComponent;

/** A cursor as the API makes it, far down a list: only a benchmark may know what is in it. */
const cursorAt = (key: string) => Buffer.from(JSON.stringify([key, "0"])).toString("base64url");

/** The n-th of each kind of search. */
const SEARCHES: Record<string, (n: number) => string> = {
  "a common name": (n) => pick(NAMES, n),
  "a name at the end": (n) => pick(["émile", "zoë", "turing", "thompson", "tim"], n),
  "a name at the beginning": (n) => pick(["ada", "alan", "allen", "backus", "barbara"], n),
  "two words": (n) => pick(["ken th", "zoë p", "com émile", "ada l"], n),
  "part of words": (n) => pick(["an", "ill", "ope", "org", "mail.ex"], n),
  "one letter": (n) => pick(["z", "é", "a", "t", "m"], n),
  "one person": (n) => `.${n * 24_001}@`,
  nobody: (n) => `nobody-${n}`,
};
const FILTERS: Record<string, (n: number) => string> = {
  everybody: () => "",
  "a usual role": () => "role=user",
  "a role": (n) => `role=${text(`Role ${(n * 5) % 40}`)}`,
  "a team": (n) => `team=${text(`Team ${n}`)}`,
  "a department": (n) => `department=${text(`Department ${n}`)}`,
  active: () => "status=active",
  inactive: () => "status=inactive",
  failed: () => "syncStatus=failed",
  pending: () => "syncStatus=pending",
  synced: () => "syncStatus=synced",
  removed: () => "syncStatus=removed",
};
/** Where the middle of a list is, by its order. */
const MIDDLES: Record<string, () => string> = {
  full_name: () => "john l",
  email: () => "john.l",
  created_at: () => new Date(Date.now() - 78_840_000_000).toISOString(),
  updated_at: () => new Date(Date.now() - 3_600_000).toISOString(),
};

/** Every kind of search in every order within every filter. */
async function measureSearches(): Promise<void> {
  for (const [kind, searched] of Object.entries(SEARCHES)) {
    for (const [within, filter] of Object.entries(FILTERS)) {
      const took: { ms: number; how: string }[] = [];
      const timed = async (how: string, query: string) => {
        const began = performance.now();
        const page = await list(query).catch((error: unknown) => {
          console.log(`${query}: ${String(error)}`);
          return { items: [], nextCursor: null };
        });
        took.push({ ms: performance.now() - began, how });
        return page.nextCursor;
      };
      for (let n = 1; n <= Number(values.times); n++) {
        for (const sort of SORTS) {
          const query = `sort=${sort}&search=${text(searched(n))}&${filter(n)}`;
          const next = await timed(`${sort}, first page`, query);
          if (next) await timed(`${sort}, second page`, `${query}&cursor=${next}`);
          const middle = MIDDLES[sort.replace("-", "")]?.() ?? "";
          await timed(`${sort}, middle`, `${query}&cursor=${cursorAt(middle)}`);
        }
      }
      const slowest = took.reduce((a, b) => (b.ms > a.ms ? b : a));
      report(
        `${kind}, ${within}`,
        took.map(({ ms }) => ms),
        slowest.how,
      );
    }
  }
}

if (values.searches) {
  await measureSearches();
  process.exit();
}

await measure("first page", () => list(""));
for (const sort of SORTS) await measure(`first page, sort=${sort}`, () => list(`sort=${sort}`));
await measure("deep page by time", (n) =>
  list(`cursor=${cursorAt(new Date(Date.now() - n * 3_000_000_000).toISOString())}`),
);
await measure("deep page by e-mail", (n) => list(`sort=email&cursor=${cursorAt(pick(NAMES, n))}`));
await measure("search: a common name", (n) => list(`search=${text(pick(NAMES, n))}`));
await measure("search: a common name, by name", (n) => list(`sort=full_name&search=${text(pick(NAMES, n))}`));
await measure("search: one person", (n) => list(`search=${text(`.${n * 24_001}@`)}`));
await measure("search: two letters", (n) => list(`search=${text(pick(NAMES, n).slice(0, 2))}`));
await measure("search: nobody", (n) => list(`search=nobody-${n}`));
await measure("search: as one types", (n) => list(`search=${text("ada.lovelace.7".slice(0, 1 + (n % 14)))}`));
await measure("team", (n) => list(`team=${text(`Team ${n}`)}`));
await measure("team, by name", (n) => list(`team=${text(`Team ${n}`)}&sort=full_name`));
await measure("role", (n) => list(`role=${text(`Role ${(n * 5) % 40}`)}`));
await measure("role, department and inactive", (n) =>
  list(`role=user&status=inactive&department=${text(`Department ${n}`)}`),
);
await measure("inactive, by name", () => list("status=inactive&sort=full_name"));
await measure("search within a team", (n) =>
  list(`team=${text(`Team ${n}`)}&search=${text(pick(NAMES, n))}`),
);
for (const state of ["failed", "retrying", "pending", "synced", "removed"]) {
  await measure(`syncStatus=${state}`, () => list(`syncStatus=${state}`));
}
await measure("syncStatus=failed, by name", () => list("syncStatus=failed&sort=full_name"));
await measure("count: a common name", (n) => call(`/api/users/count?search=${text(pick(NAMES, n))}`));
await measure("count: a team", (n) => call(`/api/users/count?team=${text(`Team ${n}`)}`));
await measure("facets", () => call("/api/users/facets"));

const { items } = await list("");
const userIds = items.map(({ id }) => id);
await measure("where 50 users stand", () => call("/api/sync/summary", { userIds }));
await measure("history of one user", (n) => call(`/api/users/${userIds[n % 50]}/history`));

const sites = (await call("/api/sites?limit=500")) as { items: { id: string }[] };
const siteIds = sites.items.map(({ id }) => id);
const block = (n: number) => siteIds.slice((n * 25) % siteIds.length).slice(0, 25);
interface People {
  items: { user_id: string }[];
  nextCursor: string | null;
}
let place = "";
await measure("overview", () => call("/api/overview"));
await measure("matrix: its next 100 users", async () => {
  const page = (await call(`/api/sync/people?limit=100${place && `&cursor=${place}`}`)) as People;
  place = page.nextCursor ?? "";
});
await measure("matrix: 25 users at 25 sites", async (n) =>
  call("/api/sync/matrix", { userIds: userIds.slice(n % 25, (n % 25) + 25), siteIds: block(n) }),
);
for (const [kind, searched] of Object.entries(SEARCHES)) {
  const query = (n: number) => `/api/sync/people?limit=100&search=${text(searched(n))}`;
  await measure(`matrix: ${kind}`, (n) => call(query(n)));
  await measure(`matrix: ${kind}, second page`, async (n) => {
    const { nextCursor } = (await call(query(n))) as People;
    if (nextCursor) await call(`${query(n)}&cursor=${nextCursor}`);
  });
  for (const state of ["failed", "pending", "synced"]) {
    await measure(`matrix: ${kind}, ${state}`, (n) => call(`${query(n)}&status=${state}`));
    await measure(`pairs: ${kind}, ${state}`, (n) =>
      call(`/api/sync/status?limit=100&search=${text(searched(n))}&status=${state}`),
    );
  }
}
for (const state of ["failed", "pending", "retrying", "synced"]) {
  await measure(`matrix: who is ${state}`, () => call(`/api/sync/people?limit=100&status=${state}`));
}
await measure("log", () => call("/api/sync/log?limit=100"));
await measure("log: failed", () => call("/api/sync/log?limit=100&status=failed"));
await measure("log: a site", (n) => call(`/api/sync/log?limit=100&siteId=${pick(siteIds, n)}`));
await measure("log: a user", (n) => call(`/api/sync/log?limit=100&userId=${pick(userIds, n)}`));
