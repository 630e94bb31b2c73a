import { expect, test } from "vitest";
import { StoreError } from "@cloudmarker/store-api";
import { once, prepareOnce } from "../../src/tasks/index.ts";

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
