// Lines that are too long for a terminal (issue 16).
import { expect, test } from "vitest";
import { endOf, fit, startOf, widthOf } from "../../src/render/fit.ts";

test("a character of East Asia and an emoji take two columns, a colour and a combining accent none", () => {
  expect(["abc", "安全", "🚀", "👩‍💻", "e\u0301", "\u001B[31mred\u001B[39m", "×…·"].map(widthOf)).toEqual([
    3, 4, 2, 2, 1, 3, 3,
  ]);
});

test("elsewhere than on a terminal nothing is broken", () => {
  expect(fit("one two three", undefined)).toBe("one two three");
});

test("a line is broken between words, and what comes behind is indented", () => {
  expect(fit("one two three four\n  five six seven", 10)).toBe("one two\n  three\n  four\n  five six\n    seven");
});

test("what comes behind a label stands below its text, unless the label is wide", () => {
  expect(fit("FAILED  one two three", 16)).toBe("FAILED  one two\n        three");
  expect(fit("\u001B[32mok    \u001B[39m  one two three", 16)).toBe(
    "\u001B[32mok    \u001B[39m  one two\n        three",
  );
  expect(fit("a/very/long/path/of/a/file.yaml:12:3  one two three", 50)).toBe(
    "a/very/long/path/of/a/file.yaml:12:3  one two\n  three",
  );
});

test("a word that is too long stays whole, so that it can be copied", () => {
  expect(fit("in /a/long/path/of/a/file here", 12)).toBe("in\n  /a/long/path/of/a/file\n  here");
});

test("a command at the end of a line is copied as a whole", () => {
  expect(fit("3 dead letters: cloudmarker dead-letters list --run x", 40)).toBe(
    "3 dead letters:\n  cloudmarker dead-letters list --run x",
  );
  const example = "  trivy image --format json alpine | cloudmarker write --from trivy";
  expect(fit(example, 40)).toBe(example);
});

test("colours, and characters of two columns, are counted as they are shown", () => {
  expect(fit("安全 安全 安全", 9)).toBe("安全 安全\n  安全");
  expect(fit("\u001B[31mone two\u001B[39m three", 13)).toBe("\u001B[31mone two\u001B[39m three");
});

test("a name is shortened at its start or its end", () => {
  expect([endOf("reading a/b/c.json", 8), endOf("安全审计", 6), endOf("short", 5)]).toEqual([
    "…/c.json",
    "…审计",
    "short",
  ]);
  expect([startOf("one two three", 8), startOf("安全审计", 6), startOf("short", 5)]).toEqual([
    "one two…",
    "安全…",
    "short",
  ]);
});
