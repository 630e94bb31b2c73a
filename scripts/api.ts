// Keeps the reports of the public API in docs/api equal to the declarations that are built: `docs:check` says where
// they differ, `docs:write` brings them up to date. They are committed so that a review shows each change of what other
// people's programs use.
import { join } from "node:path";
import { apiReports } from "./api-reports.ts";

const writing = process.argv.includes("--write");
const REMEDY = "If that is meant, run: npm run build && npm run docs:write, and commit the report with the change.";

for (const { report, entry, state, details } of apiReports(join(import.meta.dirname, ".."), writing)) {
  if (state === "same") continue;
  if (state === "failed") fail(`${report}: the public API of ${entry} cannot be read: ${details}; run: npm run build`);
  else if (writing) process.stdout.write(`${state === "stale" ? "removed" : "wrote"} ${report}\n`);
  else if (state === "stale") fail(`${report}: no package has this entry any more. ${REMEDY}`);
  else if (state === "missing") fail(`${report}: the public API of ${entry} has no report. ${REMEDY}`);
  else fail(`${report}: the public API of ${entry} differs from this report. ${REMEDY}\n${details}`);
}

function fail(problem: string): void {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
