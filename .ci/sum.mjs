// Adds up vitest's JSON reports: sum.mjs BROKEN REPORT…, where BROKEN checks failed outside of the tests.
import { existsSync, readFileSync } from "node:fs";

const [broken, ...reports] = process.argv.slice(2);
let passed = 0;
let failed = Number(broken);
let skipped = 0;
for (const report of reports.filter((path) => existsSync(path))) {
  const counts = JSON.parse(readFileSync(report, "utf8"));
  passed += counts.numPassedTests;
  failed += counts.numFailedTests;
  skipped += counts.numPendingTests + counts.numTodoTests;
}
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
