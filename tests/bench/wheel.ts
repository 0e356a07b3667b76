import type { CDPSession, Page } from "@playwright/test";

const SECONDS = 8;

/** What Chromium says of a frame that it was to show. */
interface FrameReport {
  frame_sequence: number;
  state: "STATE_NO_UPDATE_DESIRED" | "STATE_PRESENTED_ALL" | "STATE_PRESENTED_PARTIAL" | "STATE_DROPPED";
  scroll_state: "SCROLL_NONE" | "SCROLL_MAIN_THREAD" | "SCROLL_COMPOSITOR_THREAD";
  /** Something was to be seen that had not been drawn yet. */
  has_missing_content: boolean;
}

/**
 * Turns the wheel over the middle of the page at so many pixels a second, and tells what became of the frames, as Chromium
 * itself counts them. `late`: shown and scrolled, with what the page's thread makes of it a frame or more later.
 */
export async function turnWheel(name: string, page: Page, cdp: CDPSession, speed: number): Promise<void> {
  const reports: FrameReport[] = [];
  const hear = ({ value }: { value: unknown[] }) => {
    for (const event of value as { name: string; args?: { frame_reporter?: FrameReport } }[]) {
      const report = event.name === "PipelineReporter" && event.args?.frame_reporter;
      if (report && report.scroll_state !== "SCROLL_NONE") reports.push(report);
    }
  };
  cdp.on("Tracing.dataCollected", hear);
  await cdp.send("Tracing.start", { traceConfig: { includedCategories: ["cc", "benchmark"] } });
  const { width = 0, height = 0 } = page.viewportSize() ?? {};
  const gesture = { x: width / 2, y: height * 0.7, yDistance: -speed * SECONDS, speed };
  await cdp.send("Input.synthesizeScrollGesture", {
    ...gesture,
    gestureSourceType: "mouse",
    preventFling: true,
  });
  const complete = new Promise((done) => cdp.once("Tracing.tracingComplete", done));
  await cdp.send("Tracing.end");
  await complete;
  cdp.off("Tracing.dataCollected", hear);
  console.log(`${name}, wheel, ${speed} px/s`.padEnd(26), told(reports));
}

function told(reports: readonly FrameReport[]): string {
  // One frame may be reported twice: what scrolls it, and what the page's thread adds.
  const frames = Map.groupBy(reports, ({ frame_sequence }) => frame_sequence);
  const those = (which: (of: FrameReport[]) => boolean) => [...frames.values()].filter(which).length;
  const hasState = (state: FrameReport["state"]) => (of: FrameReport[]) =>
    of.some((one) => one.state === state);
  const wholly = hasState("STATE_PRESENTED_ALL");
  const partly = hasState("STATE_PRESENTED_PARTIAL");
  const share = (count: number) => `${((100 * count) / frames.size).toFixed(1)} %`;
  const shown = those((of) => wholly(of) || partly(of));
  const inPage = those((of) => of.some(({ scroll_state }) => scroll_state === "SCROLL_MAIN_THREAD"));
  return (
    `${frames.size} frames, ${(shown / SECONDS).toFixed(1)} shown a second, ${frames.size - shown} not; ` +
    `late ${share(those(partly))}, missing something ${share(those((of) => of.some((one) => one.has_missing_content)))}, ` +
    `scrolled by the page's thread ${share(inPage)}`
  );
}
