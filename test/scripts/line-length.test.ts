// Code and comments stay within 120 columns. oxfmt wraps code, but neither comments nor literals.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

const MOST_COLUMNS = 120;

/** Sources that are written by hand; `test/fixtures` has data. */
const SOURCES = ["*.ts", "*.js", "*.mjs", "*.cjs", "*.sh", ".ci/run", ":!test/fixtures"];

const COMMENT = /^\s*(?:\/\/|\/?\*|#)/u;
/** A string, a template or a regular expression that begins and ends in the line. */
const LITERAL =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|\/(?![*/])(?:[^/\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+\/\w*/gu;

/**
 * Whether a line is too long. A literal may make a line longer: a message or the name of a test that is cut in pieces
 * is not found by a search.
 */
function isTooLong(line: string): boolean {
  if (line.length <= MOST_COLUMNS) return false;
  return COMMENT.test(line) || line.replaceAll(LITERAL, '""').length > MOST_COLUMNS;
}

test("comments count in full, and code without its literals", () => {
  const long = "x".repeat(MOST_COLUMNS);
  expect(isTooLong(`// ${long}`)).toBe(true);
  expect(isTooLong(` * "${long}"`)).toBe(true);
  expect(isTooLong(`call(${long});`)).toBe(true);
  expect(isTooLong(`call("${long}", \`${long}\`, /${long}/u);`)).toBe(false);
  expect(isTooLong("y".repeat(MOST_COLUMNS))).toBe(false);
});

test(`no line of the sources has more than ${MOST_COLUMNS} columns`, () => {
  const files = execFileSync("git", ["ls-files", "-z", "--", ...SOURCES], { cwd: root, encoding: "utf8" });
  const names = files.split("\0").filter(Boolean);
  expect(names.length).toBeGreaterThan(500);
  const long = names.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .flatMap((line, index) => (isTooLong(line) ? [`${file}:${index + 1}`] : [])),
  );
  expect(long).toEqual([]);
});
