// Adds up vitest's JSON reports: sum.mjs BROKEN REPORT…, where BROKEN names the runs that failed outside of their
// tests, with spaces between. Names what was skipped and what failed once more just before the sum: whoever has only
// the end of a long log needs no more.
import { existsSync, readFileSync } from "node:fs";
import { basename, relative } from "node:path";

const [names, ...reports] = process.argv.slice(2);
const broken = names.split(" ").filter((name) => name !== "");
let passed = 0;
let failed = broken.length;
let skipped = 0;
const [skips, failures] = [[], []];
for (const path of reports.filter((report) => existsSync(report))) {
  const report = JSON.parse(readFileSync(path, "utf8"));
  const run = basename(path, ".json");
  const isRepeated = existsSync(path.replace(/\.json$/, "-again.json"));
  for (const file of report.testResults) {
    const statuses = file.assertionResults.map(({ status }) => status);
    // It broke off, and was run once more.
    if (isRepeated && statuses.includes("pending")) continue;
    const name = relative(process.cwd(), file.name);
    for (const { status, fullName } of file.assertionResults) {
      if (status === "passed") passed += 1;
      else if (status === "failed") failed += 1;
      else {
        skipped += 1;
        skips.push(`SKIPPED in ${run}: ${name} > ${fullName}\n`);
      }
    }
    // A file that could not be loaded has no tests, only a message.
    if (file.status === "failed" && file.message) {
      failures.push(`FAILED in ${run}: ${name}\n${indent(file.message)}`);
    }
    for (const test of file.assertionResults.filter(({ status }) => status === "failed")) {
      failures.push(`FAILED in ${run}: ${name} > ${test.fullName}\n${indent(test.failureMessages.join("\n"))}`);
    }
  }
}
// The title of a test that is skipped says why.
for (const line of [...skips, ...failures]) process.stdout.write(line);
for (const run of broken) process.stdout.write(`FAILED in ${run}: outside of its tests, see "== ${run}" above\n`);
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function indent(text) {
  const lines = text.split("\n").filter((line) => !/node_modules|^ +at new Promise/.test(line));
  const shown = lines.slice(0, 20).map((line) => `    ${line.slice(0, 400)}\n`);
  return shown.join("");
}
