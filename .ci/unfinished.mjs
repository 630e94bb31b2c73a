// Prints the test files that broke off: unfinished.mjs REPORT, a report of vitest in JSON. The process of such a file
// ended while a test ran, as when V8 itself crashes; vitest counts the rest of its tests nowhere.
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";

const [path] = process.argv.slice(2);
const report = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : { testResults: [] };
const brokeOff = report.testResults.filter((file) => file.assertionResults.some(({ status }) => status === "pending"));
for (const { name } of brokeOff) process.stdout.write(`${relative(process.cwd(), name)}\n`);
