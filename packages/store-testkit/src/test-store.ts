import { writeFileSync } from "node:fs";
import type { ParamsSchema } from "@cloudmarker/store-api";
import { Examination } from "./conformance.ts";
import { plain } from "./lab.ts";
import type { StoreUnderTest } from "./options.ts";
import { badge, formatFailure, formatReport, type ReportCard } from "./report.ts";
import { CHECKS } from "./table.ts";

/**
 * `describe` and `it` of a test runner: the `test` of node:test, `{ describe, it, afterAll }` of vitest or jest,
 * `{ describe, it, after }` of mocha.
 */
export interface TestRunner {
  /** Defines a group of tests. */
  readonly describe: (name: string, define: () => void) => unknown;
  /** Defines a test; what has no time limits of its own ignores the number. */
  readonly it: (name: string, run: (this: unknown) => Promise<void>, timeoutMs?: number) => unknown;
  /** Defines what comes after the tests of a group, even if only some of them run: then the server is ended. */
  readonly after?: (run: () => Promise<void>) => unknown;
  /** The same under the name that vitest and jest have for it. */
  readonly afterAll?: (run: () => Promise<void>) => unknown;
}

/** Options of {@link testStore}. */
export interface TestStoreOptions<S extends ParamsSchema = ParamsSchema> extends StoreUnderTest<S> {
  /** What defines the tests. */
  readonly test: TestRunner;
  /** File for the report card; `false` for none. @default "conformance.json" in the current folder */
  readonly report?: string | false;
  /** Gets the report card at the end. @default prints the table and the badge */
  readonly onReport?: (card: ReportCard) => void;
}

/** A check runs a scenario that may have to wait for time limits several times. */
const LIMIT_MS = 120_000;

/**
 * Defines one test for each check of the store contract: `SC-30 there-at-that-moment: …`. Checks that do not apply to
 * the store are not defined as tests; the report card names them.
 * @throws TypeError if `test` has no `describe` and `it`
 */
export function testStore<const S extends ParamsSchema>(options: TestStoreOptions<S>): void {
  const { test, report = "conformance.json", onReport = print, ...subject } = options;
  if (typeof test?.describe !== "function" || typeof test.it !== "function")
    throw new TypeError("testStore: `test` needs describe and it; pass `{ describe, it }` of your test runner");
  const examination = new Examination(plain(subject as StoreUnderTest<S>));
  const define = (name: string, work: () => Promise<string | undefined>): void => {
    const run = async function (this: unknown, ...given: readonly unknown[]): Promise<void> {
      allowTime(this);
      const unasked = await work();
      if (unasked !== undefined) skip(given[0] ?? this, unasked);
    };
    test.it(name, run, LIMIT_MS);
  };
  test.describe(`store contract: ${subject.plugin.name}`, () => {
    for (const check of CHECKS.filter((one) => examination.asks(one))) {
      const name = `${check.clause} ${check.key}: ${check.expected}`;
      define(name, async () => {
        const result = await examination.make(check);
        if (result.result === "failed") throw new Error(formatFailure(result));
        return result.result === "not asked" ? result.came : undefined;
      });
    }
    define("report card", async () => {
      const card = await examination.report();
      await examination.end();
      if (report !== false) writeFileSync(report, `${JSON.stringify(card, undefined, 2)}\n`);
      onReport(card);
      return undefined;
    });
    (test.after ?? test.afterAll)?.(() => examination.end());
  });
}

/** Mocha has its time limit in `this`; the others take it as an argument. */
function allowTime(context: unknown): void {
  const { timeout } = (context ?? {}) as { readonly timeout?: unknown };
  if (typeof timeout === "function") timeout.call(context, LIMIT_MS);
}

/** Says that a check turned out to say nothing about the store. Jest has no word for it. */
function skip(context: unknown, why: string): void {
  const { skip: say } = (context ?? {}) as { readonly skip?: unknown };
  if (typeof say === "function") say.call(context, why);
}

function print(card: ReportCard): void {
  process.stdout.write(`${formatReport(card)}\n${badge(card)}\n`);
}
