import { format } from "node:util";
import { afterAll, afterEach } from "vitest";

// Output of a passing test hides the output that matters. A test that expects some replaces the method
// for itself: vi.spyOn(console, "error").mockImplementation(() => undefined).
const methods = ["debug", "error", "info", "log", "trace", "warn"] as const;
const printed: string[] = [];

for (const method of methods) {
  console[method] = (...values: unknown[]) => {
    printed.push(`console.${method}: ${format(...values)}`);
  };
}

function failOnOutput() {
  const output = printed.splice(0);
  if (output.length > 0) throw new Error(`Unexpected console output:\n${output.join("\n")}`);
}

afterEach(failOnOutput);
afterAll(failOnOutput);
