import { afterAll, afterEach, expect, test } from "vitest";
import { Examination } from "../../src/conformance.ts";
import { plain } from "../../src/lab.ts";
import type { CheckResult } from "../../src/index.ts";
import { CHECKS } from "../../src/table.ts";
import { BROKEN, type BrokenStore, makeBroken } from "./broken-stores.ts";
import { lineStoreTest, objectStoreTest, rowStoreTest } from "./test-stores.ts";

/**
 * With `CLOUDMARKER_BROKEN_STORES=whole` every check is made of every broken store, and a table of store and clause is
 * printed: some minutes. Otherwise only the checks of the clause that it breaks are made, until one fails.
 */
const isWhole = process.env["CLOUDMARKER_BROKEN_STORES"] === "whole";

/** Defines a test for each broken store of these clauses: that clause catches it, and no other. */
export function catchBroken(isMine: (clause: string) => boolean): void {
  // One of them does this to the process.
  afterEach(() => void process.removeAllListeners("SIGUSR2"));
  const rows: string[] = [];
  afterAll(() => {
    if (isWhole) process.stdout.write(`| store | clause | caught by |\n|---|---|---|\n${rows.join("\n")}\n`);
  });

  const mine = BROKEN.filter(({ clause }) => isMine(clause));
  test.each(mine.map((broken) => [broken.name, broken.clause, broken] as const))(
    "%s: %s",
    { timeout: isWhole ? 600_000 : 60_000 },
    async (name, clause, broken) => {
      const failures = (await examine(broken)).filter(({ result }) => result === "failed");
      rows.push(`| ${name} | ${clause} | ${failures.map((one) => `${one.clause} ${one.key}`).join(", ")} |`);
      const blamed = failures.filter((failure) => failure.clause !== clause);
      expect(blamed.map((failure) => `${failure.clause} ${failure.key}: ${failure.came}`)).toEqual([]);
      expect(failures).not.toEqual([]);
    },
  );
}

async function examine(broken: BrokenStore): Promise<readonly CheckResult[]> {
  const { clause, of, alone, visible } = broken;
  const { plugin, path } = await makeBroken(broken);
  const module = alone && path;
  const testOf = { "row-store": rowStoreTest, "line-store": lineStoreTest, "object-store": objectStoreTest };
  const subject = plain(testOf[of ?? "row-store"](plugin, module));
  const examination = new Examination(visible ? { ...subject, visible } : subject);
  try {
    const results: CheckResult[] = [];
    for (const check of CHECKS) {
      if (!isWhole && check.clause !== clause) continue;
      const result = await examination.make(check);
      results.push(result);
      if (!isWhole && result.result === "failed") break;
    }
    return results;
  } finally {
    await examination.end();
  }
}

/** Clauses about records and what is said of them. The others are about the plugin and its manners. */
export const ABOUT_RECORDS: ReadonlySet<string> = new Set([
  "SC-10",
  "SC-11",
  "SC-12",
  "SC-15",
  "SC-16",
  "SC-17",
  "SC-18",
  "SC-19",
  "SC-26",
  "SC-29",
  "SC-30",
  "SC-38",
]);
