import { expect, test } from "vitest";
import { StoreError } from "@cloudmarker/store-api";
import { once, prepareOnce, remember } from "../src/index.ts";

test("all who ask get one and the same, and after a failure it is tried again", async () => {
  let made = 0;
  const get = once(async () => {
    made += 1;
    if (made === 1) throw new Error("first");
    return made;
  });
  expect(await Promise.allSettled([get(), get()])).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
  expect(await Promise.all([get(), get(), get()])).toEqual([2, 2, 2]);
});

test("it is made from the arguments of the first call", async () => {
  const get = once(async (name: string) => name.toUpperCase());
  expect(await Promise.all([get("a"), get("b")])).toEqual(["A", "A"]);
});

test.each([
  ["retry", "retry"],
  ["unknown", "retry"],
  ["reject", "blocked"],
  ["too_large", "blocked"],
  ["blocked", "blocked"],
] as const)("before the first record, %s is %s: none was sent, none is to blame", async (status, expected) => {
  const ready = prepareOnce(() => Promise.reject(new StoreError(status, "code", "why", { retryAfterMs: 5 })));
  await expect(ready()).rejects.toMatchObject({ status: expected, code: "code", message: "why", retryAfterMs: 5 });
});

test("a mistake of the store in its preparation stays one, and it is tried again", async () => {
  const errors = [new TypeError("mistake")];
  const ready = prepareOnce(async () => {
    const error = errors.pop();
    if (error) throw error;
    return "ready";
  });
  await expect(ready()).rejects.toThrow(TypeError);
  expect(await Promise.all([ready(), ready()])).toEqual(["ready", "ready"]);
});

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
