import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { type Browser, type CDPSession, chromium, type Page } from "@playwright/test";
import { percentile } from "@/tests/bench/report";
import { turnWheel } from "@/tests/bench/wheel";
import { chooseBrowser } from "@/tests/e2e/support/browser";
import { type StorageState, signIn } from "@/tests/e2e/support/sign-in";

// Scrolls the users and the matrix of a running demo (see million.ts, which fills one) in a browser, and tells how long frames
// take and what the tab keeps. An empty page is scrolled the same way before and after: what it takes is the machine's.
//   node --import tsx tests/bench/scroll.ts --demo .roster/demo.json [--rows 20000] [--step 100]
// First by the wheel, whose frames the browser counts itself; then by script, a step in each frame, for which the page's thread
// has to do all of it. 100 pixels a frame are 6,000 a second, as fast as somebody flings a list without reading it.

const { values } = parseArgs({
  options: {
    demo: { type: "string", default: ".roster/demo.json" },
    rows: { type: "string", default: "20000" },
    step: { type: "string", default: "100" },
  },
});
const { dashboardUrl, admin } = JSON.parse(readFileSync(values.demo, "utf8")) as {
  dashboardUrl: string;
  admin: { email: string; password: string };
};
const rows = Number(values.rows);
const step = Number(values.step);

const FRAME_MS = 1000 / 60;
/** What a timer may be off by without a frame having been missed. */
const JITTER_MS = 1;
/** Memory is looked at after each of so many parts of the way. */
const PARTS = 4;
/** So often from the first site to the last and back. */
const SIDEWAYS = 6;
const EMPTY_FRAMES = 1_200;
/** As one reads, in haste, and flung; in pixels a second. */
const WHEEL_SPEEDS = [800, 2_400, 6_000];

type Axis = "scrollTop" | "scrollLeft";

interface Glide {
  /** From each frame to the next, in ms. */
  times: number[];
  /** Frames in which the list did not move, because its next rows had not come. */
  waiting: number;
}

interface Memory {
  heapMb: number;
  nodes: number;
  listeners: number;
}

const { executablePath, env } = chooseBrowser();
const browser = await chromium.launch({ ...(executablePath && { executablePath }), ...(env && { env }) });
try {
  const session = await signIn(dashboardUrl, admin);
  console.log(
    `${rows} rows, ${step} px a frame, load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(" ")}\n`,
  );
  console.log(
    `${"".padEnd(26)}frames    p50    p95   p99  worst   >16.7 ms   >33 ms  busy a frame  script  layout  waited`,
  );
  await emptyPage(browser, "empty page, before");
  await usersPage(browser, session);
  await matrixPage(browser, session);
  await emptyPage(browser, "empty page, after");
} finally {
  await browser.close();
}

/** Nothing but a long way down, at the size of the others. */
async function emptyPage(from: Browser, name: string): Promise<void> {
  const { page, cdp, close } = await open(from);
  await page.setContent(
    '<section style="height:600px;overflow:auto"><div style="height:9000000px;background:linear-gradient(#fff,#eee) 0 0/100% 53px"></div></section>',
  );
  await timed(name, cdp, () => glide(page, "section", "scrollTop", EMPTY_FRAMES * step));
  await close();
}

async function usersPage(from: Browser, session: StorageState): Promise<void> {
  const { page, cdp, close } = await open(from, session);
  await page.goto("/users");
  await page.locator("section[aria-label=Users] tbody tr").nth(5).waitFor();
  await wheel("users", page, cdp);
  await downwards("users", { page, cdp, frame: "section[aria-label=Users]", rowHeight: 53 });
  await close();
}

async function matrixPage(from: Browser, session: StorageState): Promise<void> {
  const { page, cdp, close } = await open(from, session);
  const frame = 'section[aria-label="Users and sites"]';
  await page.goto("/sync");
  await page.locator(`${frame} [role=gridcell] button`).nth(5).waitFor();
  await wheel("matrix", page, cdp);
  await downwards("matrix", { page, cdp, frame, rowHeight: 48 });
  await timed("matrix, sideways", cdp, async () => {
    const glides: Glide[] = [];
    for (let n = 0; n < SIDEWAYS; n++) {
      glides.push(await glide(page, frame, "scrollLeft", n % 2 === 0 ? 1_000_000 : -1_000_000));
    }
    return {
      times: glides.flatMap(({ times }) => times),
      waiting: 0,
    };
  });
  remember("matrix, sideways", [await memoryOf(cdp)]);
  await close();
}

async function wheel(name: string, page: Page, cdp: CDPSession): Promise<void> {
  for (const speed of WHEEL_SPEEDS) {
    await turnWheel(name, page, cdp, speed);
    await page.mouse.wheel(0, -10_000_000);
  }
}

interface Downwards {
  page: Page;
  cdp: CDPSession;
  frame: string;
  rowHeight: number;
}

/** Through all rows, with a look at the memory at the start and after each part of the way. */
async function downwards(name: string, { page, cdp, frame, rowHeight }: Downwards): Promise<void> {
  const memories = [await memoryOf(cdp)];
  for (let part = 1; part <= PARTS; part++) {
    const way = (rows / PARTS) * rowHeight;
    await timed(`${name}, down ${part} of ${PARTS}`, cdp, () => glide(page, frame, "scrollTop", way));
    memories.push(await memoryOf(cdp));
  }
  await page.locator(frame).evaluate((element) => element.scrollTo({ top: 0 }));
  remember(name, memories);
}

async function open(from: Browser, storageState?: StorageState) {
  const context = await from.newContext({
    baseURL: dashboardUrl,
    viewport: { width: 1440, height: 900 },
    ...(storageState && { storageState }),
  });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  // Processor time: what others on the machine do would count as ours otherwise.
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  return { page, cdp, close: () => context.close() };
}

/**
 * Moves a frame by `way` pixels, a step in each frame of the screen, and writes down when the frames were. It ends where
 * nothing more comes.
 */
async function glide(page: Page, frame: string, axis: Axis, way: number): Promise<Glide> {
  // No function has a name in here: the browser lacks the helper by which names are kept.
  return await page.locator(frame).evaluate(
    async (element, { axis, way, step }) => {
      const times: number[] = [];
      const end = Math.max(0, element[axis] + way);
      const by = Math.sign(way) * step;
      let waiting = 0;
      let still = 0;
      let last = await new Promise<number>(requestAnimationFrame);
      while (Math.abs(end - element[axis]) >= 1 && still < (axis === "scrollTop" ? 600 : 2)) {
        const before = element[axis];
        element[axis] = way > 0 ? Math.min(end, before + by) : Math.max(end, before + by);
        still = element[axis] === before ? still + 1 : 0;
        if (still > 0) waiting++;
        const now = await new Promise<number>(requestAnimationFrame);
        times.push(now - last);
        last = now;
      }
      return { times, waiting };
    },
    { axis, way, step },
  );
}

async function metricsOf(cdp: CDPSession): Promise<(name: string) => number> {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return (name) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
}

/** What is left once everything that nobody holds is gone. */
async function memoryOf(cdp: CDPSession): Promise<Memory> {
  await cdp.send("HeapProfiler.collectGarbage");
  const metric = await metricsOf(cdp);
  return {
    heapMb: metric("JSHeapUsedSize") / 1e6,
    nodes: metric("Nodes"),
    listeners: metric("JSEventListeners"),
  };
}

async function timed(name: string, cdp: CDPSession, run: () => Promise<Glide>): Promise<void> {
  const before = await metricsOf(cdp);
  const { times, waiting } = await run();
  const after = await metricsOf(cdp);
  const each = (metric: string) => (((after(metric) - before(metric)) * 1000) / times.length).toFixed(2);
  const share = (frames: number) => {
    const late = times.filter((time) => time > FRAME_MS * frames + JITTER_MS).length;
    return `${((100 * late) / times.length).toFixed(2)} %`;
  };
  const at = (part: number) => percentile(times, part).toFixed(1).padStart(6);
  console.log(
    `${name.padEnd(26)}${String(times.length).padStart(6)} ${at(0.5)} ${at(0.95)} ${at(0.99)} ${at(1)}` +
      ` ${share(1).padStart(10)} ${share(2).padStart(8)} ${each("TaskDuration").padStart(10)} ms` +
      ` ${each("ScriptDuration").padStart(7)} ${each("LayoutDuration").padStart(7)} ${String(waiting).padStart(7)}`,
  );
}

function remember(name: string, memories: Memory[]): void {
  const told = memories.map(
    ({ heapMb, nodes, listeners }) => `${heapMb.toFixed(1)} MB, ${nodes} nodes, ${listeners} listeners`,
  );
  console.log(`${name}: ${told.join("\n        ")}\n`);
}
