import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import {
  badge,
  type CheckResult,
  formatReport,
  memoryStore,
  type ReportCard,
  type StoredRow,
  testStore,
} from "../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "testkit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program of tests with the runner of Node; `options` are for Node. */
function run(
  name: string,
  args: readonly string[] = [],
  options: readonly string[] = [],
): Promise<{ readonly code: number; readonly text: string }> {
  const path = fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
  // A runner that is started by another one reports to that.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, ["--test-reporter=tap", ...options, path, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? 1 : 0, text: stdout + stderr });
    });
  });
}

// Under vitest itself. A store in the memory of the process has no server; two of it share nothing.
const shared = new Map<string, StoredRow[]>();
const cards: ReportCard[] = [];
testStore({
  test: { describe, it },
  plugin: {
    ...memoryStore(),
    params: { type: "object", properties: { table: { type: "string" } }, required: ["table"] },
    open({ table }: { readonly table?: unknown }) {
      const rows = shared.get(String(table)) ?? [];
      shared.set(String(table), rows);
      return {
        write(batch) {
          for (const { id, json } of batch) if (!rows.some((row) => row.id === id)) rows.push({ id, json });
        },
      };
    },
  },
  params: ({ namespace }) => ({ table: namespace }),
  read: ({ namespace }) => shared.get(namespace) ?? [],
  keeps: { digits: true, duplicateKeys: true },
  report: join(folder, "conformance.json"),
  onReport: (card) => void cards.push(card),
});

describe("afterwards", () => {
  it("the report card is in the file, and says how many passed", () => {
    const [card] = cards;
    expect(JSON.parse(readFileSync(join(folder, "conformance.json"), "utf8"))).toEqual(card);
    expect(card).toMatchObject({ plugin: "memory", ok: true, failed: 0, apiVersion: 1 });
  });
});

it("the same tests run under node:test, and the table and the badge are printed", async () => {
  const report = join(folder, "node.json");
  const { code, text } = await run("node-test", [report]);
  expect(text).toMatch(/SC-30 {2}ok {3}there-at-that-moment/u);
  expect(text).toMatch(/poison-alone: .* # SKIP the back end refused nothing: give the test a `poison`/u);
  expect(text).toContain("![store contract: ");
  expect(code).toBe(0);
  expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({ plugin: "linestore", ok: true });
});

it("one test alone ends the server as well", async () => {
  const { code, text } = await run("node-test-server", [], ["--test-name-pattern=there-at-that-moment"]);
  expect(text).toContain("# pass 1\n");
  expect(code).toBe(0);
});

it("a failure says the clause, what was expected, what came and what to do", async () => {
  const { code, text } = await run("node-test-broken");
  expect(code).toBe(1);
  expect(text).toMatch(
    /SC-11 there-at-the-end\n\s*expected: .*\n\s*came: {5}.* missing.*\n\s*to do: {4}Read what the back end/u,
  );
});

it("a `test` without describe and it is refused with what to pass", () => {
  const test = { it } as unknown as { describe: typeof describe; it: typeof it };
  expect(() => testStore({ test, plugin: memoryStore(), params: () => ({}) })).toThrow("pass `{ describe, it }`");
});

it("the badge names the number of checks, and the table names what failed", () => {
  const failed = { key: "k", clause: "SC-11", result: "failed", expected: "e", came: "c", fix: "f" } as const;
  const card: ReportCard = {
    plugin: "p",
    apiVersion: 1,
    ok: false,
    passed: 0,
    failed: 1,
    notAsked: 0,
    checks: [failed],
  };
  expect(badge(card)).toBe(
    "![store contract: 1 checks failed](https://img.shields.io/badge/store_contract-1_checks_failed-red)",
  );
  expect(formatReport(card)).toContain("SC-11  FAIL k");
});

function unasked(key: string, came: string): CheckResult {
  return { key, clause: "SC-11", result: "not asked", expected: "e", came };
}

it("checks of a clause that are not asked for one reason share a row of the table", () => {
  const checks = [
    unasked("a", "no server"),
    { ...unasked("b", ""), result: "passed" } as const,
    unasked("c", "a failed"),
    ...["d", "e", "f"].map((key) => unasked(key, "no server")),
    unasked("g", "a failed"),
  ];
  const card: ReportCard = { plugin: "p", apiVersion: 1, ok: true, passed: 1, failed: 0, notAsked: 6, checks };
  expect(formatReport(card)).toBe(`p: 1 passed, 0 failed, 6 not asked

  SC-11  ok   b
         -    4 checks (no server)
         -    c, g (a failed)
`);
});
