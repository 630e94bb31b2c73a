// Tables, and what becomes of them where a terminal is too narrow (issue 16).
import { expect, test } from "vitest";
import { table } from "../../src/render/table.ts";
import { NO_COLORS } from "../../src/render/text.ts";

function at(
  columns: number | undefined,
  header: readonly string[],
  ...rows: readonly (readonly (string | number)[])[]
): string {
  return table(header, rows, { ...NO_COLORS, columns }).join("\n");
}

test("columns of numbers are aligned to the right, others to the left", () => {
  expect(at(undefined, ["a", "number"], ["x", 1], ["long one", 12_345])).toBe(
    ["a         number", "x              1", "long one  12,345"].join("\n"),
  );
});

test("characters of two columns are counted as two", () => {
  expect(at(undefined, ["store", "n"], ["安全审计", 1], ["🚀", 2], ["archive", 3])).toBe(
    ["store     n", "安全审计  1", "🚀        2", "archive   3"].join("\n"),
  );
});

test("facts have no titles", () => {
  expect(at(80, [], ["run", "one"], ["started", "now"])).toBe("run      one\nstarted  now");
});

const RECEIPT = [
  ["store", "accepted", "written"],
  ["archive", 1, 2],
  ["the-cluster-of-the-security-team", 3, 4],
] as const;

test("a long name stands above its row", () => {
  expect(at(40, ...RECEIPT)).toBe(
    [
      "store    accepted  written",
      "archive         1        2",
      "the-cluster-of-the-security-team",
      "                3        4",
    ].join("\n"),
  );
});

test("where not even the numbers fit, each has a line of its own", () => {
  expect(at(20, ...RECEIPT)).toBe(
    [
      "store     archive",
      "accepted  1",
      "written   2",
      "",
      "store     the-cluster-of-the-security-team",
      "accepted  3",
      "written   4",
    ].join("\n"),
  );
});

test("a text at the end is broken beside the others, or stands below where there is no room", () => {
  const rows = [
    ["run", "how it ended"],
    ["20261130_230456", "spooled 3,000 for search, 12 for archive"],
  ] as const;
  expect(at(45, ...rows)).toBe(
    [
      "run              how it ended",
      "20261130_230456  spooled 3,000 for search, 12",
      "                 for archive",
    ].join("\n"),
  );
  expect(at(30, ...rows)).toBe(
    ["run", "20261130_230456", "    spooled 3,000 for search,", "    12 for archive"].join("\n"),
  );
});
