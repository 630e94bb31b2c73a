import { describe, expect, test } from "vitest";
import { formatPath, parsePath, pathProblem } from "../../src/reader/json-path.ts";
import { read } from "../records/support.ts";

const EMPTY = "It must not be empty.";
const BLANKS = "It must not have blanks around it.";
const NO_KEY = "It has an empty key.";
const ALL = "Leave out [] and *: every element of a list is read.";
const TOP = "Begin with a key: the document itself has no name.";
const BRACKETS = "Leave out the brackets: a number alone picks an element.";

describe("a path that can lead nowhere is refused, with the right form", () => {
  test.each([
    ["", EMPTY],
    ["  ", EMPTY],
    [" items", `${BLANKS} Write "items".`],
    ["items\n", `${BLANKS} Write "items".`],
    ["/items ", `${BLANKS} Write "/items".`],
    ["a. b", 'A key must not have blanks around it. Write "a.b".'],
    ["items.", `${NO_KEY} Write "items".`],
    [".items", `${NO_KEY} Write "items".`],
    ["a..b", `${NO_KEY} Write "a.b".`],
    ["/", NO_KEY],
    ["/items/", `${NO_KEY} Write "/items".`],
    ["//items", `${NO_KEY} Write "/items".`],
    ["items[]", `${ALL} Write "items".`],
    [".items[]", `${ALL} Write "items".`],
    ["items[*].x", `${ALL} Write "items.x".`],
    ["items.*", `${ALL} Write "items".`],
    ["/items/*", `${ALL} Write "/items".`],
    ["*", ALL],
    ["runs[0].results", `${BRACKETS} Write "runs.0.results".`],
    ["a['b']", `${BRACKETS} Write "a.b".`],
    [".", TOP],
    ["$", TOP],
    ["$.items", `${TOP} Write "items".`],
    ["#/items/list", `${TOP} Write "/items/list".`],
    ["items/", 'A path with slashes must begin with a slash. Write "/items".'],
    ["a/b", 'A path with slashes must begin with a slash. Write "/a/b".'],
  ])("%j", async (path, problem) => {
    expect(pathProblem(path)).toBe(problem);
    const { texts, error } = await read('{"other":1}', { select: path });
    expect([texts, error]).toEqual([[], `select of readRecords() is not a path: ${JSON.stringify(path)}. ${problem}`]);
  });
});

test.each(["items", "a.b", "runs.0.results", "/a.b/c d", "/a[0]", "/ a/b", "/$/x", "a b", "/a~1b"])(
  "%j is a path",
  (path) => {
    expect(pathProblem(path)).toBeUndefined();
  },
);

test("keys that dots cannot join are written as a pointer", () => {
  const KEYS = [["a", "b"], ["a.b"], ["a/b", "c~d"], ["a[0]"], [" a", "b"], ["$", "x"], ["a", "0"]];
  for (const keys of KEYS) {
    expect(parsePath(formatPath(keys))).toEqual(keys);
    expect(pathProblem(formatPath(keys))).toBeUndefined();
  }
});
