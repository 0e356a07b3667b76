// npm run bench [-- --only <name>] [-- --quick]: measures what docs/performance.md says, with everything that it needs.
import { parseArgs } from "node:util";
import { type Finding, machine, printFinding, writeReport } from "@/tests/bench/report";
import { SCENARIOS } from "@/tests/bench/scenarios";
import type { Sizes } from "@/tests/bench/scenarios/scenario";
import { Stage } from "@/tests/bench/stage";

const { values } = parseArgs({
  options: { only: { type: "string", multiple: true }, quick: { type: "boolean", default: false } },
});
const names = SCENARIOS.map(({ name }) => name);
const unknown = values.only?.filter((name) => !names.includes(name)) ?? [];
if (unknown.length > 0) {
  console.error(`Usage: npm run bench [-- --only <name>] [--quick]\nnames: ${names.join(", ")}`);
  process.exit(2);
}

const sizes: Sizes = {
  rounds: 5,
  pick: (full, quick) => (values.quick ? quick : full),
  progress: (text) => void process.stderr.write(`  ${text}\n`),
};

const startedAt = new Date().toISOString();
const stage = await Stage.open();
const findings: Finding[] = [];
try {
  const [server] = await stage.admin`show server_version`;
  for (const scenario of SCENARIOS) {
    if (values.only && !values.only.includes(scenario.name)) continue;
    sizes.progress(`${scenario.name} …`);
    const found = await scenario.run(stage, sizes);
    for (const finding of found) printFinding(finding);
    findings.push(...found);
  }
  const scenarios = findings.map(({ claim: _, ...finding }) => finding);
  const file = await writeReport({ machine: machine(String(server?.server_version)), startedAt, scenarios });
  console.log(`\n${findings.filter(({ holds }) => holds).length} of ${findings.length} hold; ${file}`);
} finally {
  await stage.close();
}
process.exit();
