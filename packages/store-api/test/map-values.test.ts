import { describe, expect, test } from "vitest";
import { REMOVED, isRawJson, mapValues } from "../src/index.ts";

const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

describe("mapValues (L-04)", () => {
  test("visits objects and arrays before their members, with the path of each", () => {
    const seen: [string, unknown][] = [];
    const big = rawJSON("14517067005933136034");
    mapValues({ a: [1, { b: null }], big, "x/y": true }, (value, path) => void seen.push([path.join("/"), value]));
    expect(seen).toEqual([
      ["a", [1, { b: null }]],
      ["a/0", 1],
      ["a/1", { b: null }],
      ["a/1/b", null],
      ["big", big],
      ["x/y", true],
    ]);
  });

  test("copies only what changes", () => {
    const value = { keep: { n: 1 }, change: { list: [1, 2, 3], other: [4] } };
    const result = mapValues(value, (one) => (one === 2 ? "two" : undefined));
    expect(result).toEqual({ keep: { n: 1 }, change: { list: [1, "two", 3], other: [4] } });
    expect(value).toEqual({ keep: { n: 1 }, change: { list: [1, 2, 3], other: [4] } });
    expect(result.keep).toBe(value.keep);
    expect(result.change.other).toBe(value.change.other);
    expect(mapValues(value, (one) => one)).toBe(value);
  });

  test("leaves out removed members of objects and arrays", () => {
    const value = { secret: 1, list: ["a", "secret", "b"], secretList: { x: 1 } };
    const result = mapValues(value, (one, path) =>
      one === "secret" || String(path.at(-1)).startsWith("secret") ? REMOVED : undefined,
    );
    expect(result).toEqual({ list: ["a", "b"] });
  });

  test("does not walk replaced values", () => {
    const visits: unknown[] = [];
    mapValues({ a: { b: 1 } }, (_, path) => {
      visits.push(path.join("."));
      return path.length === 1 ? { c: 2 } : undefined;
    });
    expect(visits).toEqual(["a"]);
  });

  test("takes for one value whatever is not JSON, and a number that kept its digits", () => {
    const when = new Date(0);
    const value = { when, map: new Map([["a", 1]]), n: rawJSON("1e400") };
    expect(mapValues(value, (one) => (isRawJson(one) ? "number" : undefined))).toEqual({ ...value, n: "number" });
    expect(mapValues(when, () => 1)).toBe(when);
    expect(mapValues("text", () => 1)).toBe("text");
  });

  test("has __proto__ as data", () => {
    const value: unknown = JSON.parse('{"__proto__":{"x":1},"y":1}');
    expect(JSON.stringify(mapValues(value, (one) => (one === 1 ? 2 : undefined)))).toBe('{"__proto__":{"x":2},"y":2}');
  });
});
