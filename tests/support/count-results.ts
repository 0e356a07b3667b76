import { readFile } from "node:fs/promises";
import { z } from "zod";

// Adds up what the runners themselves have reported, for .ci/run. It imports no file of the project, so that plain
// `node` runs it.

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number() }),
  errors: z.array(z.unknown()),
});

interface Counts {
  passed: number;
  failed: number;
}

function countVitest(report: unknown): Counts {
  const { numPassedTests, numFailedTests, testResults } = vitestReport.parse(report);
  // A file that could not be loaded has no tests to fail.
  const unloaded = testResults.filter(({ status, assertionResults }) => {
    return status === "failed" && assertionResults.length === 0;
  });
  return { passed: numPassedTests, failed: numFailedTests + unloaded.length };
}

function countPlaywright(report: unknown): Counts {
  const { stats, errors } = playwrightReport.parse(report);
  if (stats.flaky > 0)
    console.log(`${stats.flaky} browser tests passed at the second attempt only: look into them`);
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length };
}

/** Counts a report; one that is missing or unreadable counts as a failure, for nobody knows what it would say. */
async function count(path: string, read: (report: unknown) => Counts): Promise<Counts> {
  try {
    return read(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    console.error(`${path} says nothing: ${error instanceof Error ? error.message : error}`);
    return { passed: 0, failed: 1 };
  }
}

const counts = await Promise.all([
  count("test-results/vitest.json", countVitest),
  count("test-results/playwright.json", countPlaywright),
]);
const passed = counts.reduce((sum, part) => sum + part.passed, 0);
const failed = counts.reduce((sum, part) => sum + part.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
