import { expect, test } from "vitest";
import { onlyOneOf, problemsOf } from "../src/params.ts";

test("findings without a message are not problems", () => {
  expect(
    problemsOf([
      ["user", undefined],
      ["user", false],
      ["user", ""],
      ["user", "user needs password."],
      [["nodes", 1], "nodes.1 must be a URL."],
    ]),
  ).toEqual([
    { path: ["user"], message: "user needs password." },
    { path: ["nodes", 1], message: "nodes.1 must be a URL." },
  ]);
});

test("of params that exclude each other, each has its problem", () => {
  expect(problemsOf([...onlyOneOf({ a: undefined, b: 1 }), ...onlyOneOf({})])).toEqual([]);
  expect(problemsOf(onlyOneOf({ a: "", b: undefined, c: 1, d: null }))).toEqual([
    { path: ["a"], message: "Give only one of a, c, d." },
    { path: ["c"], message: "Give only one of a, c, d." },
    { path: ["d"], message: "Give only one of a, c, d." },
  ]);
});
