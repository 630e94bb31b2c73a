import { expect, test } from "vitest";
import { remember } from "../../src/names/index.ts";

test("a name is checked once, even if it is not valid", () => {
  const asked: string[] = [];
  const get = remember((name) => {
    asked.push(name);
    return name === "bad" ? undefined : name.toUpperCase();
  });
  expect(["a", "bad", "a", "bad"].map((name) => get(name))).toEqual(["A", undefined, "A", undefined]);
  expect(asked).toEqual(["a", "bad"]);
});

test("a name for every record does not fill the memory: 10,000 are kept", () => {
  let made = 0;
  const get = remember(() => (made += 1));
  for (let n = 0; n <= 10_000; n++) get(String(n));
  expect(get("10000")).toBe(10_001);
  expect(get("0")).toBe(10_002);
});

test("nor does one name that is as long as a record: it is made anew", () => {
  let made = 0;
  const get = remember(() => (made += 1));
  const long = "x".repeat(256);
  expect([get(long), get(long), get(long.slice(1)), get(long.slice(1))]).toEqual([1, 2, 3, 3]);
});
