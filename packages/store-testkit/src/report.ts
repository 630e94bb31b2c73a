/** What became of one check. */
export interface CheckResult {
  /** Names the check, such as `there-at-that-moment`. */
  readonly key: string;
  /** Clause of the store contract. */
  readonly clause: string;
  /** `not asked`: it says nothing about this store. */
  readonly result: "passed" | "failed" | "not asked";
  /** What has to be so, in one sentence. */
  readonly expected: string;
  /** What came instead of it, or why it was not asked. */
  readonly came?: string;
  /** What to do, where it failed. */
  readonly fix?: string;
}

/** The report card of a store: what `conformance.json` has in it. */
export interface ReportCard {
  /** Name of the plugin. */
  readonly plugin: string;
  /** Version of the store contract. */
  readonly apiVersion: 1;
  /** No check has failed. */
  readonly ok: boolean;
  /** How many checks have passed. */
  readonly passed: number;
  /** How many have failed. */
  readonly failed: number;
  /** How many say nothing about this store. */
  readonly notAsked: number;
  /** Every check, in the order in which they are made. */
  readonly checks: readonly CheckResult[];
}

/** The report card of these results. */
export function reportCard(plugin: string, checks: readonly CheckResult[]): ReportCard {
  const count = (result: CheckResult["result"]): number => checks.filter((check) => check.result === result).length;
  const failed = count("failed");
  return {
    plugin,
    apiVersion: 1,
    ok: failed === 0,
    passed: count("passed"),
    failed,
    notAsked: count("not asked"),
    checks,
  };
}

/** A report card for a terminal: a table by clause, then each failure with what to do. */
export function formatReport({ plugin, checks, passed, failed, notAsked }: ReportCard): string {
  const clauses = [...Map.groupBy(checks, ({ clause }) => clause)].toSorted(([a], [b]) => a.localeCompare(b));
  const lines = clauses.flatMap(([clause, results]) =>
    rowsOf(results).map((row, index) => `  ${(index === 0 ? clause : "").padEnd(7)}${row}`),
  );
  const failures = checks.filter(({ result }) => result === "failed").map((check) => `\n${formatFailure(check)}`);
  const summary = `${plugin}: ${passed} passed, ${failed} failed, ${notAsked} not asked`;
  return [summary, "", ...lines, ...failures, ""].join("\n");
}

/** A row for each check; those that were not asked for one and the same reason share one. */
function rowsOf(results: readonly CheckResult[]): readonly string[] {
  const made = results.flatMap(({ result, key }) => (result === "not asked" ? [] : [`${MARKS[result]} ${key}`]));
  const others = Map.groupBy(
    results.filter(({ result }) => result === "not asked"),
    ({ came }) => came,
  );
  const unasked = Array.from(others, ([why, checks]) => {
    const what = checks.length > 3 ? `${checks.length} checks` : checks.map(({ key }) => key).join(", ");
    return `${MARKS["not asked"]} ${what} (${why})`;
  });
  return [...made, ...unasked];
}

/** A failure: the clause, what was expected, what came, and what to do. */
export function formatFailure({ clause, key, expected, came, fix }: CheckResult): string {
  return `${clause} ${key}\n  expected: ${expected}\n  came:     ${came}\n  to do:    ${fix}`;
}

/** A line of Markdown for a README, which shows the result as a badge. */
export function badge({ ok, passed, failed }: ReportCard): string {
  const text = ok ? `${passed} checks passed` : `${failed} checks failed`;
  const path = `store_contract-${text.replaceAll(" ", "_")}-${ok ? "brightgreen" : "red"}`;
  return `![store contract: ${text}](https://img.shields.io/badge/${path})`;
}

const MARKS: Readonly<Record<CheckResult["result"], string>> = { passed: "ok  ", failed: "FAIL", "not asked": "-   " };
